"""### Keep the warehouse in good order

Every night: month partitions for the events to come, statistics and dead rows of the tables that
changed, what has expired, and whether the audit log is as it was written. On Sundays also
every data check on all that is published, where a daily run looks at what it touched.
"""

from airflow.sdk import CronTriggerTimetable, dag, task

from monstera.orchestration import steps, wiring


@dag(
    schedule=CronTriggerTimetable("30 3 * * *", timezone=wiring.business_time_zone()),
    start_date=wiring.LONG_AGO,
    catchup=False,
    doc_md=__doc__,
    tags=["operations"],
    **wiring.COMMON,
)
def maintain_warehouse():
    @task(**wiring.HEAVY)
    def make_partitions():
        return steps.make_partitions()

    @task(**wiring.HEAVY)
    def delete_expired():
        return steps.delete_expired()

    @task(**wiring.HEAVY)
    def vacuum():
        return steps.vacuum()

    @task(**wiring.HEAVY)
    def audit_in_full(logical_date=None):
        return steps.audit_in_full(logical_date)

    @task
    def verify_audit_log():
        return steps.verify_audit_log()

    make_partitions() >> delete_expired() >> vacuum() >> audit_in_full()
    verify_audit_log()


maintain_warehouse()

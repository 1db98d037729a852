"""### Judge the alert rules, send what they owe

Every five minutes, and at once when something is published. Rules write incidents and messages in
one transaction, a digest is written once its day, week or month is published, and the last task
sends what is due. A rule that cannot be judged fails the run, and keeps nothing else from being
judged and sent. A message that a channel does not take is tried again later, by the next run.
"""

from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, dag, task

from monstera.orchestration import steps, wiring


@dag(
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("*/5 * * * *", timezone="UTC"), assets=wiring.PUBLISHED
    ),
    start_date=wiring.LONG_AGO,
    catchup=False,
    doc_md=__doc__,
    tags=["alerts"],
    params={
        "as_of": wiring.optional_day(
            "As of", "Published day to judge and to sum up; empty: the newest."
        ),
    },
    **wiring.COMMON,
)
def evaluate_alerts():
    @task
    def evaluate(params=None, logical_date=None):
        return steps.evaluate_alerts(logical_date, params["as_of"])

    @task
    def digests(params=None, logical_date=None):
        return steps.write_digests(logical_date, params["as_of"])

    @task
    def send(logical_date=None):
        return steps.send_messages(logical_date)

    # Teardowns run after a failure too, and do not make a success of it.
    evaluate() >> digests().as_teardown() >> send().as_teardown()


evaluate_alerts()

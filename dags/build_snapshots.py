"""### Publish a business day

Once a business day has ended: loads what was delivered up to it, then computes states, transitions
and metrics as of its end and lets readers see them, all in one transaction. Late events correct the
days that they touch, and what was published otherwise is kept in `ops.metric_restatements`.

Once a week it compares how users of one product and of several stay.

**Clearing a run** of an earlier day is safe: what is published never goes back, and a day that was
right stays as it is. **After an outage** the missed days are made up for one by one; a warehouse
that is more than a week behind catches up in one pass.

Run it by hand to publish as of a day of your choice: everything up to it is covered.
"""

from airflow.sdk import CronDataIntervalTimetable, dag, task, task_group

from monstera.orchestration import steps, wiring


@dag(
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone=wiring.business_time_zone()),
    start_date=wiring.first_day(),
    catchup=True,
    deadline=wiring.done_within(hours=2, task_id="publish"),
    doc_md=__doc__,
    tags=["silver", "gold"],
    params={
        "as_of": wiring.optional_day(
            "As of", "Business day to publish; empty: the day that the run stands for."
        ),
    },
    **wiring.COMMON,
)
def build_snapshots():
    @task
    def choose_day(params=None, data_interval_start=None):
        return steps.day_to_publish(params["as_of"], data_interval_start)

    @task_group
    def load(day):
        @task
        def definitions():
            return steps.compile_definitions()

        @task(**wiring.HEAVY)
        def files(day):
            return steps.load(until_dt=day)

        definitions() >> files(day)

    @task(outlets=[wiring.PUBLISHED], **wiring.HEAVY)
    def publish(day, outlet_events=None):
        publication = steps.publish(as_of=day, reason="daily run")
        outlet_events[wiring.PUBLISHED].extra = publication
        return publication

    @task(**wiring.HEAVY)
    def compare_retention(day):
        return steps.compare_retention(day)

    day = choose_day()
    load(day) >> publish(day) >> compare_retention(day)


build_snapshots()

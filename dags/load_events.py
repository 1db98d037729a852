"""### Load what was delivered

Every five minutes: each complete file of the landing zone that is not loaded yet, entities before
events. A file is loaded whole or not at all; rows that cannot be accepted go to
`bronze.event_quarantine` with their reasons. Nothing is published here, so readers see no change
until the business day is over.

Run it by hand to load only up to a delivery day, or only some feeds.
"""

from airflow.sdk import CronTriggerTimetable, Param, dag, task

from monstera.orchestration import steps, wiring


@dag(
    schedule=CronTriggerTimetable("*/5 * * * *", timezone="UTC"),
    start_date=wiring.LONG_AGO,
    catchup=False,
    doc_md=__doc__,
    tags=["bronze"],
    params={
        "until_dt": wiring.optional_day("Until", "Last day of delivery to load; empty: all."),
        "feeds": Param(
            None,
            type=["null", "array"],
            title="Feeds",
            description="Names of feeds, one a line; empty: all.",
        ),
    },
    **wiring.COMMON,
)
def load_events():
    @task(**wiring.HEAVY)
    def load(params=None):
        return steps.load(params["until_dt"], params["feeds"])

    load()


load_events()

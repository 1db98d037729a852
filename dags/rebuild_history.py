"""### Recompute all history

By hand, for instance after thresholds changed or people were erased: computes everything from the
accepted events in one pass, beside the published tables, and exchanges them at the end. Readers see
the old version or the new one, never a mix; what differs is kept in `ops.metric_restatements`.
"""

from airflow.sdk import Param, dag, task

from monstera.orchestration import steps, wiring


@dag(
    schedule=None,
    start_date=wiring.LONG_AGO,
    doc_md=__doc__,
    tags=["silver", "gold", "by hand"],
    params={
        "as_of": wiring.optional_day(
            "As of", "Business day to publish; empty: the one that is published."
        ),
        "reason": Param(
            type="string",
            minLength=5,
            title="Reason",
            description="Why; it is kept with the publication.",
        ),
    },
    **wiring.COMMON,
)
def rebuild_history():
    @task
    def definitions():
        return steps.compile_definitions()

    @task(outlets=[wiring.PUBLISHED], **wiring.HEAVY)
    def rebuild(params=None, outlet_events=None):
        publication = steps.rebuild(params["as_of"], params["reason"])
        outlet_events[wiring.PUBLISHED].extra = publication
        return publication

    definitions() >> rebuild()


rebuild_history()

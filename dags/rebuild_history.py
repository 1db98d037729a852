"""### Recompute all history

By hand, for instance after thresholds changed or people were erased: computes everything from the
accepted events in one pass, beside the published tables, and exchanges them at the end. Readers see
the old version or the new one, never a mix; what differs is kept in `ops.metric_restatements`.

With first and last day, only the users are computed again who did something on these days, in these
scopes: after events were corrected in `bronze` by hand, where everything would take long.
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
        "start": wiring.optional_day("First day", "Of a part of history; empty: everything."),
        "end": wiring.optional_day("Last day", "Of a part of history; empty: everything."),
        "scopes": Param(
            [],
            type="array",
            items={"type": "string"},
            title="Scopes",
            description="Of a part of history: ids of products; empty: whatever they did.",
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
        publication = steps.rebuild(**params)
        outlet_events[wiring.PUBLISHED].extra = publication
        return publication

    definitions() >> rebuild()


rebuild_history()

"""Metric values of a range of days, into `gold.metric_values`."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg
from psycopg import sql

from monstera.transforms import SqlFile, read_sql
from monstera.warehouse.database import one_row

KINDS = (
    "sum", "feed", "state_count", "flow", "distinct_active", "adoption", "duration", "cohort",
    "product_cohort", "funnel", "session", "time_to_value", "account_count", "account_flow",
    "account_revenue", "segment",
)  # fmt: skip
"""The kinds that are computed first; `sql` may read their values, and `ratio` is of all others'."""

METRIC_STEPS = (
    "run/active_days", "run/product_accesses", "run/account_attributes", "run/stitched_visitors",
    "run/feed_reaches",
)  # fmt: skip
"""What several metrics read, made before them."""

_CONTEXT = """
with latest as (
    select
        p.publication_id,
        p.gear,
        p.definition_version,
        lag(p.definition_version) over (order by p.publication_id) as previous_version
    from ops.publications as p
    order by p.publication_id desc
    limit 1
),

metrics_before as materialized (
    select each.key as metric_id, each.value as declared
    from latest as l
    inner join ref.definition_versions as v on v.version = l.previous_version
    cross join lateral jsonb_each(v.document -> 'metrics') as each
)

select
    (select max(version) from ref.definition_versions) as definition_version,
    l.publication_id,
    coalesce(l.gear, 'day') as gear,
    coalesce(now_in_force.history_hash = before.history_hash, false) as is_same_history,
    coalesce(
        (
            select
                bool_or(b.declared -> part.key is distinct from part.value)
                or bool_or(b.declared -> 'approval' -> -1 ->> 'status' = 'retired')
            from ref.metrics as m
            left join metrics_before as b on b.metric_id = m.metric_id
            cross join lateral (
                values ('formula', m.formula), ('segments', to_jsonb(m.segments)),
                ('grain', to_jsonb(m.grain))
            ) as part (key, value)
            where m.status <> 'retired'
        ),
        false
    ) as are_metrics_new,
    (select coalesce(array_agg(distinct kind), '{}') from ref.metrics where status <> 'retired'),
    (
        select coalesce(array_agg(array[
            metric_id, coalesce(formula ->> 'file', metric_id), grain
        ] order by metric_id), '{}')
        from ref.metrics
        where kind = 'sql' and status <> 'retired'
    ),
    (select coalesce(max((formula ->> 'window_days')::integer), 1) from ref.metrics
        where kind = 'distinct_active'),
    least(
        (select min(started_on) from user_lives), (select min(occurred_on) from bronze.events)
    ) as beginning,
    array(select metric_id from metrics_before except select metric_id from ref.metrics) as dropped
from (select) as one
left join latest as l on true
left join ref.definition_versions as now_in_force on now_in_force.version = l.definition_version
left join ref.definition_versions as before on before.version = l.previous_version
"""

_OF_ONE_METRIC = sql.SQL(
    "select m.metric_id, f.date, m.grain, f.segment_key, f.segment_value,"
    " f.value, f.numerator, f.denominator"
    " from ref.metrics as m cross join ({}) as f where m.metric_id = {}"
)


@dataclass(frozen=True)
class _Context:
    """What a computation is part of."""

    definition_version: int
    publication_id: int | None
    gear: str
    is_same_history: bool
    are_metrics_new: bool
    kinds: list[str]
    files: list[tuple[str, str, str]]
    longest_window: int
    beginning: date | None
    dropped: list[str]

    @property
    def is_full(self) -> bool:
        """Whether all history is computed: of a rebuild, or where a metric is new or changed."""
        return self.gear == "rebuild" or self.are_metrics_new

    @property
    def cause(self) -> str:
        """Why a value that was published before differs now."""
        if not self.is_same_history or self.are_metrics_new:
            return "definition_version"
        return "rebuild" if self.gear == "rebuild" else "late_data"


def compute(connection: "psycopg.Connection[Any]", first: date, last: date) -> int:
    """Computes every metric for the periods that the days `first` to `last` touch.

    Runs in the caller's transaction, as the role that publishes, after the states of those days
    are in place and the publication is written to `ops.publications`. Tables of states are found
    along the search path, since a rebuild fills its own before it exchanges them.

    A metric that is new, has another formula or was retired gets its whole history, and the others
    with it; one that is declared no more loses its values.
    A period that is not over by the end of `last` is marked `is_partial`. Computing again changes
    nothing; a value that differs from the one published before is kept in
    `ops.metric_restatements`.

    Returns:
        The number of published values that were corrected.
    """
    context = _Context(*one_row(connection.execute(_CONTEXT)))
    if context.is_full and context.beginning is not None:
        first = min(first, context.beginning)
    parameters = {
        "first": first,
        "last": last,
        "since": _since(first, context.longest_window),
        "is_rebuild": context.is_full,
        "dropped": context.dropped,
        "cause": context.cause,
        "definition_version": context.definition_version,
        "publication_id": context.publication_id,
    }
    read_sql("gold/events_daily").execute(connection, parameters)  # portfolios read it too
    if not context.kinds:
        return 0
    connection.execute(
        "create unlogged table run.metric_values as"
        " select metric_id, date, grain, segment_key, segment_value, value, numerator, denominator"
        " from gold.metric_values with no data"
    )
    # There are far fewer groups than planned for, and sorting takes ten times as long as hashing.
    connection.execute("set local hash_mem_multiplier = 16")
    for step in METRIC_STEPS:
        read_sql(step).create(connection, parameters)
    for kind in KINDS:
        if kind in context.kinds:
            _add_values(connection, read_sql(f"metrics/{kind}"), parameters)
    for metric_id, file, grain in context.files:
        of_grain = {**parameters, "grain": grain}
        _add_values(connection, read_sql(f"metrics/{file}"), of_grain, metric_id)
    connection.execute("analyze run.metric_values")
    _add_values(connection, read_sql("metrics/ratio"), parameters)
    read_sql("run/metric_periods").create(connection, parameters)
    connection.execute("analyze run.metric_values")
    restated = 0
    if context.publication_id is not None:
        restated = read_sql("ops/restated_values").execute(connection, parameters).rowcount
    read_sql("gold/metric_values").execute(connection, parameters)
    if context.is_full:
        connection.execute("analyze gold.metric_values")
    for step in (*METRIC_STEPS, "run/metric_periods"):
        connection.execute(sql.SQL("drop table {}").format(read_sql(step).table))
    connection.execute("drop table run.metric_values")
    return restated


def _add_values(
    connection: "psycopg.Connection[Any]",
    file: SqlFile,
    parameters: dict[str, Any],
    metric_id: str | None = None,
) -> None:
    """Adds the values of all metrics of a kind, or of the one metric that the file is of.

    Of all history by way of a table of its own, since an insert takes no parallel workers.
    """
    select: sql.Composable = file.render(connection, parameters)
    if metric_id is not None:
        select = _OF_ONE_METRIC.format(select, sql.Literal(metric_id))
    with file.planned(connection):
        if not parameters["is_rebuild"]:
            connection.execute(sql.SQL("insert into run.metric_values {}").format(select))
            return
        connection.execute(sql.SQL("create unlogged table run.added_values as {}").format(select))
    connection.execute("insert into run.metric_values table run.added_values")
    connection.execute("drop table run.added_values")


def _since(first: date, longest_window: int) -> date:
    """First day whose activity decides a value of `first` or of its week or month."""
    month_before = (first.replace(day=1) - timedelta(days=1)).replace(day=1)
    return min(month_before, first - timedelta(days=longest_window))

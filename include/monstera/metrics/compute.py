"""Metric values of a range of days, into `gold.metric_values`."""

from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from monstera.metrics.catalog import metrics

_COLLECT = sql.SQL(
    "insert into pg_temp.fresh_metric_values"
    " select {metric}, f.date, {grain}, 'all', 'all', f.value, f.numerator, f.denominator"
    " from ({select}) as f"
)

_CONTEXT = """
select
    p.publication_id,
    v.version as definition_version,
    case
        when computed.history_hash is distinct from lag(computed.history_hash) over by_number
            then 'definition_version'
        when p.gear = 'rebuild' then 'rebuild'
        else 'late_data'
    end as cause
from (select max(version) as version from ref.definition_versions) as v
left join ops.publications as p on true
left join ref.definition_versions as computed on computed.version = p.definition_version
window by_number as (order by p.publication_id)
order by p.publication_id desc nulls last
limit 1
"""

_RESTATE = """
insert into ops.metric_restatements (
    metric_id, date, grain, segment_key, segment_value, old_value, new_value, cause,
    definition_version, publication_id
)
select
    metric_id, date, grain, segment_key, segment_value, known.value, fresh.value, %(cause)s,
    %(definition_version)s, %(publication_id)s
from pg_temp.fresh_metric_values as fresh
inner join gold.metric_values as known
    using (metric_id, date, grain, segment_key, segment_value)
where fresh.value is distinct from known.value and not known.is_partial
"""

_STORE = """
insert into gold.metric_values as known (
    metric_id, date, grain, segment_key, segment_value, value, numerator, denominator,
    definition_version
)
select
    metric_id, date, grain, segment_key, segment_value, value, numerator, denominator,
    %(definition_version)s
from pg_temp.fresh_metric_values
on conflict (metric_id, grain, segment_key, segment_value, date) do update set
    value = excluded.value,
    numerator = excluded.numerator,
    denominator = excluded.denominator,
    definition_version = excluded.definition_version,
    computed_at = now()
where (known.value, known.numerator, known.denominator)
    is distinct from (excluded.value, excluded.numerator, excluded.denominator)
"""


def compute(connection: "psycopg.Connection[Any]", first: date, last: date) -> int:
    """Computes every metric for the periods that the days `first` to `last` touch.

    Runs in the caller's transaction, as the role that publishes, after the states of those days
    are in place and the publication is written to `ops.publications`. Tables of states are found
    along the search path, since a rebuild fills its own before it exchanges them.

    Only periods that are over by the end of `last` get a value. Computing again changes nothing; a
    value that differs from the one published before is written to `ops.metric_restatements`.

    Returns:
        The number of published values that were corrected.
    """
    connection.execute(
        "create temporary table fresh_metric_values ("
        " metric_id text, date date, grain text, segment_key text, segment_value text,"
        " value numeric, numerator numeric, denominator numeric) on commit drop"
    )
    for metric in metrics().values():
        select = metric.sql.render(connection, {"first": first, "last": last})
        connection.execute(
            _COLLECT.format(
                metric=sql.Literal(metric.id), grain=sql.Literal(metric.grain), select=select
            )
        )
    context = _context(connection)
    restated = connection.execute(_RESTATE, context).rowcount if context["publication_id"] else 0
    connection.execute(_STORE, context)
    connection.execute("drop table pg_temp.fresh_metric_values")
    return restated


def _context(connection: "psycopg.Connection[Any]") -> dict[str, Any]:
    row = connection.execute(_CONTEXT).fetchone()
    names = ("publication_id", "definition_version", "cause")
    return dict(zip(names, row or (None, None, None), strict=True))

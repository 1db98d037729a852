"""What late data corrected in a period."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import dict_row

from monstera.alerts.wording.figures import day_text, plain, value_text
from monstera.definitions import ALL, Definitions
from monstera.digests.periods import Period
from monstera.digests.words import capped, count
from monstera.notify.digest import Item, Listing
from monstera.warehouse.database import one_row

_REVIEWED = """
select
    coalesce(sum(jsonb_array_length(missed)), 0) as missed,
    coalesce(sum(jsonb_array_length(unfounded)), 0) as unfounded
from ops.alert_reviews
where as_of between %(first)s and %(last)s
"""

_CORRECTED = """
select distinct on (r.metric_id)
    r.metric_id,
    count(*) over (partition by r.metric_id) as corrected,
    r.date,
    r.old_value as was,
    r.new_value as now
from ops.metric_restatements as r
inner join ops.publications as p on p.publication_id = r.publication_id
where r.cause = 'late_data' and r.segment_key = %(all)s
    and p.as_of between %(first)s and %(last)s
order by r.metric_id, abs(r.new_value - r.old_value) desc nulls last, r.date desc
"""


def by_metric(
    connection: "psycopg.Connection[Any]", definitions: Definitions, period: Period
) -> list[Item]:
    """Published values that late data changed, by metric, with the largest change of each."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_CORRECTED, {**_days(period), "all": ALL}).fetchall()
    rows.sort(key=lambda row: -row["corrected"])
    return [
        Item(
            f"{row['corrected']:,} \N{MULTIPLICATION SIGN}",
            _name(row["metric_id"], definitions),
            _correction(row, definitions),
        )
        for row in rows
    ]


def listing(connection: "psycopg.Connection[Any]", items: list[Item], period: Period) -> Listing:
    """The metrics that were corrected most often, and what alerts would have said, had we known."""
    missed, unfounded = one_row(connection.execute(_REVIEWED, _days(period)))
    shown = capped(items, "ops.metric_restatements")
    if missed or unfounded:
        text = f"{count(missed, 'alert')} would have fired, {unfounded} would not"
        shown = (*shown, Item("", text, "ops.alert_reviews"))
    return Listing("Corrected later", shown, "No published value changed.")


def _correction(row: Mapping[str, Any], definitions: Definitions) -> str:
    was, now = (_value(row[name], row["metric_id"], definitions) for name in ("was", "now"))
    return f"most on {day_text(row['date'])}: was {was}, is {now}"


def _days(period: Period) -> dict[str, Any]:
    return {"first": period.first, "last": period.last}


def _name(metric_id: str, definitions: Definitions) -> str:
    metric = definitions.metrics.get(metric_id)
    return metric_id.replace("_", " ").capitalize() if metric is None else metric.name


def _value(value: Decimal | None, metric_id: str, definitions: Definitions) -> str:
    metric = definitions.metrics.get(metric_id)
    if metric is None:
        return "none" if value is None else plain(value, 1)
    return value_text(value, metric)

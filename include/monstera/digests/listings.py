"""Incidents, alerts that wait for the digest, and late corrections of a period."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import class_row, dict_row

from monstera.alerts.incidents import Incident
from monstera.alerts.rules import Rule
from monstera.alerts.wording import notice, title
from monstera.alerts.wording.figures import day_text, plain, value_text
from monstera.definitions import ALL, Definitions
from monstera.digests.periods import Period
from monstera.notify.digest import Item, Listing

MOST = 10
"""Lines of a list; the rest is a number."""
_INCIDENTS = """
select *
from ops.alert_incidents
where is_live and opened_on <= %(last)s and (resolved_on is null or resolved_on >= %(first)s)
order by priority, opened_at desc, incident_id
"""

_RESPONSES = """
select
    r.priority,
    extract(epoch from r.allowed)::integer / 3600 as hours,
    count(*) as told,
    count(*) filter (where r.is_in_time and r.responded_at is not null) as in_time,
    count(i.verdict) as judged,
    count(*) filter (where i.verdict = 'false_positive') as false_positives
from ops.alert_responses as r
inner join ops.alert_incidents as i on i.incident_id = r.incident_id
where i.opened_on between %(first)s and %(last)s
group by r.priority, r.allowed
order by r.priority
"""

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


def incidents_of(connection: "psycopg.Connection[Any]", period: Period) -> list[Incident]:
    """Incidents that were open in the period or ended in it, the most important first."""
    with connection.cursor(row_factory=class_row(Incident)) as cursor:
        return cursor.execute(_INCIDENTS, _days(period)).fetchall()


def alerts(incidents: list[Incident], rules: Mapping[str, Rule], period: Period) -> Listing:
    """Those that somebody was told of."""
    told = [incident for incident in incidents if incident.priority != "P3"]
    items = [Item(one.priority, _title(one, rules), _story(one, period)) for one in told]
    return Listing("Alerts", _capped(items, "monstera alerts list --all"), "Nothing fired.")


def worth_a_look(incidents: list[Incident], rules: Mapping[str, Rule], period: Period) -> Listing:
    """Those of the lowest priority, which wait for this."""
    low = [incident for incident in incidents if incident.priority == "P3"]
    items = [
        Item("P3", _title(one, rules), f"{_sentence(one, rules)} Owner: {one.owner}.")
        for one in low
    ]
    return Listing("Worth a look", _capped(items, "monstera alerts list"), "Nothing that can wait.")


def responses(connection: "psycopg.Connection[Any]", period: Period) -> Listing:
    """How quickly alerts of each priority were answered, and how many were right."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_RESPONSES, _days(period)).fetchall()
    items = []
    for row in rows:
        said = f"{row['in_time']} answered within {row['hours']} h"
        if row["judged"]:
            said += f"; {row['false_positives']} of {row['judged']} judged were false"
        items.append(Item(row["priority"], _count(row["told"], "alert"), said))
    return Listing("How we answered", tuple(items), "There was nothing to answer.")


def corrected_by_metric(
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


def corrections(
    connection: "psycopg.Connection[Any]", items: list[Item], period: Period
) -> Listing:
    """The metrics that were corrected most often, and what alerts would have said, had we known."""
    (missed, unfounded) = connection.execute(_REVIEWED, _days(period)).fetchone() or (0, 0)
    shown = _capped(items, "ops.metric_restatements")
    if missed or unfounded:
        text = f"{_count(missed, 'alert')} would have fired, {unfounded} would not"
        shown = (*shown, Item("", text, "ops.alert_reviews"))
    return Listing("Corrected later", shown, "No published value changed.")


def _capped(items: list[Item], others: str) -> tuple[Item, ...]:
    """At most so many lines, and where the others are."""
    if len(items) <= MOST:
        return tuple(items)
    return (*items[:MOST], Item("", f"… and {len(items) - MOST} more", others))


def _correction(row: Mapping[str, Any], definitions: Definitions) -> str:
    was, now = (_value(row[name], row["metric_id"], definitions) for name in ("was", "now"))
    return f"most on {day_text(row['date'])}: was {was}, is {now}"


def _days(period: Period) -> dict[str, Any]:
    return {"first": period.first, "last": period.last}


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def _title(incident: Incident, rules: Mapping[str, Rule]) -> str:
    rule = rules.get(incident.rule_id)
    return incident.rule_id if rule is None else title(incident, rule)


def _sentence(incident: Incident, rules: Mapping[str, Rule]) -> str:
    rule = rules.get(incident.rule_id)
    return "" if rule is None else notice(incident, rule).sentence


def _story(incident: Incident, period: Period) -> str:
    since = f"since {day_text(incident.opened_on)}"
    if incident.resolved_on is None or incident.resolved_on > period.last:
        taken = " · taken over" if incident.acknowledged_at else ""
        flaps = " · flapping" if incident.is_flapping else ""
        return f"{since} · open{flaps}{taken} · {incident.owner} · incident {incident.incident_id}"
    return f"{since}, over on {day_text(incident.resolved_on)} · {incident.owner}"


def _name(metric_id: str, definitions: Definitions) -> str:
    metric = definitions.metrics.get(metric_id)
    return metric_id.replace("_", " ").capitalize() if metric is None else metric.name


def _value(value: Decimal | None, metric_id: str, definitions: Definitions) -> str:
    metric = definitions.metrics.get(metric_id)
    if metric is None:
        return "none" if value is None else plain(value, 1)
    return value_text(value, metric)

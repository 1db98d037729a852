"""What corrected values would have said: late data, reruns and new definitions tell nobody."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg.types.json import Jsonb

from monstera.alerts.observations import fingerprint, judge, of_period, remembered
from monstera.alerts.rules import Rule
from monstera.alerts.series import read_series
from monstera.alerts.states import Outcome
from monstera.definitions import ALL, Metric

_NOT_REVIEWED = """
select c.publication_id, c.as_of
from ops.current_publication as c
where not exists (select from ops.alert_reviews as r where r.publication_id = c.publication_id)
    and exists (select from ops.metric_restatements as m where m.publication_id = c.publication_id)
"""

# The newest judgement of each period whose value the publish corrected after it.
_CORRECTED = """
select e.fingerprint, e.data_date, e.outcome, e.value
from ops.alert_evaluations as e
where e.rule_id = %(rule)s and e.outcome in ('clear', 'breach')
    and e.segment ->> 'metric' is not distinct from %(label)s
    and exists (
        select from ops.metric_restatements as m
        where m.publication_id = %(publication)s and m.metric_id = %(metric)s
            and m.segment_key = %(segment_key)s
            and m.segment_value = coalesce(e.segment ->> %(segment_key)s, %(total)s)
            and m.date between e.data_date and e.data_date + %(days)s
            and m.restated_at > e.evaluated_at
    )
order by e.data_date, e.fingerprint
"""

_KEEP = """
insert into ops.alert_reviews (
    publication_id, as_of, judged_again, missed, unfounded, reviewed_at
)
values (%(publication)s, %(as_of)s, %(judged)s, %(missed)s, %(unfounded)s, %(now)s)
"""


def review(
    connection: "psycopg.Connection[Any]", rules: Mapping[str, Rule], zone: ZoneInfo, now: datetime
) -> int:
    """Judges again what the current publication corrected, once, and keeps what is different.

    States, incidents and messages stay as they are: what was told was true of what was known.

    Returns:
        How many judgements were of values that were corrected.
    """
    found = connection.execute(_NOT_REVIEWED).fetchone()
    if found is None:
        return 0
    publication, as_of = found
    judged = 0
    changed: dict[Outcome, list[dict[str, Any]]] = {Outcome.BREACH: [], Outcome.CLEAR: []}
    for rule in rules.values():
        for metric in rule.measured:
            corrected = _corrected(connection, rule, metric, publication)
            judged += len(corrected)
            for entry, outcome in _judged_again(connection, rule, metric, corrected, zone):
                changed[outcome].append(entry)
    connection.execute(
        _KEEP,
        {
            "publication": publication,
            "as_of": as_of,
            "judged": judged,
            "missed": Jsonb(changed[Outcome.BREACH]),
            "unfounded": Jsonb(changed[Outcome.CLEAR]),
            "now": now,
        },
    )
    return judged


_Corrected = dict[tuple[str, date], tuple[str, Any]]


def _corrected(
    connection: "psycopg.Connection[Any]", rule: Rule, metric: Metric, publication: int
) -> _Corrected:
    parameters = {
        "rule": rule.id,
        "metric": metric.id,
        "label": metric.id if rule.metrics else None,
        "segment_key": rule.segment.by if rule.segment else ALL,
        "total": ALL,
        "days": 6 if rule.window and rule.window.grain else 0,
        "publication": publication,
    }
    rows = connection.execute(_CORRECTED, parameters)
    return {(name, day): (outcome, value) for name, day, outcome, value in rows}


def _judged_again(
    connection: "psycopg.Connection[Any]",
    rule: Rule,
    metric: Metric,
    corrected: _Corrected,
    zone: ZoneInfo,
) -> list[tuple[dict[str, Any], Outcome]]:
    """The judgements that are now of the other outcome."""
    if not corrected:
        return []
    days = sorted({day for _, day in corrected})
    series = read_series(connection, rule, metric, days[0], days[-1] + timedelta(days=6))
    memory = remembered(connection, rule)
    changed: list[tuple[dict[str, Any], Outcome]] = []
    for day in days:
        for observation in of_period(rule, series, day, zone, memory):
            name = fingerprint(rule.id, observation.labels)
            before, value = corrected.get((name, day), (None, None))
            now, _ = judge(rule, observation)
            if before is None or now.outcome not in {Outcome.BREACH, Outcome.CLEAR}:
                continue
            if now.outcome != before:
                entry = {
                    "alert": name,
                    "date": day.isoformat(),
                    "was": value if value is None else str(value),
                    "is": now.value if now.value is None else str(now.value),
                }
                changed.append((entry, now.outcome))
    return changed

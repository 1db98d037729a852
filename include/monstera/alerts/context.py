"""What a message shows beside the words: the values up to an incident, and what moved them."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import psycopg
from psycopg.rows import class_row

from monstera.alerts.conditions import OfSystem, SingleCondition
from monstera.alerts.conditions.base import period_before
from monstera.alerts.failures import kind_and_place
from monstera.alerts.incidents import Incident
from monstera.alerts.rules import Rule
from monstera.alerts.wording.figures import MINUS, effect_text, value_text
from monstera.alerts.wording.metrics import SMALL_GROUP, is_small_group
from monstera.definitions import ALL, Metric
from monstera.notify.message import Notice
from monstera.notify.series import SHOWN, Series
from monstera.notify.words import as_cell

log = logging.getLogger(__name__)
MOVERS = 3
NAMED_BY_DEFINITIONS = {"product", "event_type"}
"""Segments that are no groups of people."""

_VALUES = """
select date, value
from gold.metric_values
where metric_id = %(metric)s and grain = %(grain)s
    and segment_key = %(segment_key)s and segment_value = %(segment)s
    and date > %(first)s and date <= %(period)s and value is not null and not is_partial
order by date
"""

# People: what the metric counts itself, else the most that any metric of users counts.
_MOVES = """
with compared as (
    select
        segment_key,
        segment_value,
        max(value) filter (where date = %(period)s) as value,
        max(value) filter (where date = %(before)s) as earlier,
        max(numerator) filter (where date = %(period)s) as numerator,
        max(numerator) filter (where date = %(before)s) as earlier_numerator,
        max(denominator) filter (where date = %(period)s) as denominator,
        max(denominator) filter (where date = %(before)s) as earlier_denominator
    from gold.metric_values
    where metric_id = %(metric)s and grain = %(grain)s and date in (%(period)s, %(before)s)
    group by segment_key, segment_value
),

people as (
    select v.segment_key, v.segment_value, max(v.value) as people
    from gold.metric_values as v
    inner join ref.metrics as m on m.metric_id = v.metric_id and m.grain = v.grain
    where m.unit = 'users' and v.date between %(before)s and %(period)s
    group by v.segment_key, v.segment_value
)

select
    c.segment_key,
    c.segment_value,
    case %(unit)s
        when 'share' then c.numerator / nullif(t.denominator, 0)
            - c.earlier_numerator / nullif(t.earlier_denominator, 0)
        else coalesce(c.value, 0) - coalesce(c.earlier, 0)
    end as moved,
    case
        when %(counts_people)s and %(unit)s = 'share' then c.denominator
        when %(counts_people)s then c.value
        else p.people
    end as people,
    case
        when %(counts_people)s and %(unit)s = 'share' then c.earlier_denominator
        when %(counts_people)s then c.earlier
    end as earlier_people
from compared as c
inner join compared as t on t.segment_key = %(all)s
left join people as p on p.segment_key = c.segment_key and p.segment_value = c.segment_value
where c.segment_key <> %(all)s and %(unit)s in ('share', 'users', 'accounts', 'events', 'money')
"""


@dataclass(frozen=True)
class _Move:
    segment_key: str
    segment_value: str
    moved: Decimal | None
    people: Decimal | None
    earlier_people: Decimal | None

    @property
    def is_small(self) -> bool:
        """Whether it may be fewer people than a message may name."""
        if self.segment_key in NAMED_BY_DEFINITIONS and self.people is None:
            return False
        groups = [people for people in (self.people, self.earlier_people) if people]
        return not groups or min(groups) < SMALL_GROUP

    @property
    def size(self) -> Decimal:
        return abs(self.moved or Decimal(0))

    @property
    def label(self) -> str:
        name = as_cell(self.segment_value)
        if self.segment_key in NAMED_BY_DEFINITIONS:
            name = name.replace("_", " ")
        return f"{self.segment_key.replace('_', ' ').capitalize()} {name}"


def with_context(
    connection: "psycopg.Connection[Any]", notice: Notice, incident: Incident, rule: Rule
) -> Notice:
    """The notice with the values up to the incident and the segments that moved it most.

    Incidents that are not about a metric, or about fewer people than may be named, have neither.
    What cannot be found out is left out: nothing here keeps an alert from being told.
    """
    found = partial(_with_context, connection, notice, incident, rule)
    return _told_anyway(connection, notice, found)


def _with_context(
    connection: "psycopg.Connection[Any]", notice: Notice, incident: Incident, rule: Rule
) -> Notice:
    if isinstance(rule.condition, OfSystem) or incident.value is None:
        return notice
    metric = rule.metric_of(incident.segment)
    if is_small_group(incident):
        return replace(notice, metric_id=metric.id)
    series = _series(
        connection, incident, metric, incident.last_seen_on, incident.value, incident.threshold
    )
    is_total = series is not None and not _labels(incident)
    movers = _movers(connection, incident, rule, metric) if is_total else ()
    return replace(notice, metric_id=metric.id, series=series, movers=movers)


def _labels(incident: Incident) -> dict[str, str]:
    return {key: label for key, label in incident.segment.items() if key != "metric"}


def at_the_end(
    connection: "psycopg.Connection[Any]", notice: Notice, incident: Incident, rule: Rule | None
) -> Notice:
    """The notice of a resolve, with the values up to the one that resolved it."""
    until, value = incident.resolved_on, incident.resolved_value
    plain = replace(notice, series=None, movers=())
    if notice.series is None or rule is None or until is None or value is None:
        return plain
    if is_small_group(incident):
        return plain

    def found() -> Notice:
        metric = rule.metric_of(incident.segment)
        limit = incident.resolved_threshold
        return replace(plain, series=_series(connection, incident, metric, until, value, limit))

    return _told_anyway(connection, plain, found)


def _told_anyway(
    connection: "psycopg.Connection[Any]", plain: Notice, found: Callable[[], Notice]
) -> Notice:
    """What was found, or the plain notice: whatever goes wrong keeps no alert from being told."""
    try:
        with connection.transaction():
            return found()
    except Exception as error:
        log.error("Incident %s has no chart: %s", plain.incident_id, kind_and_place(error))
        return plain


def _series(
    connection: "psycopg.Connection[Any]",
    incident: Incident,
    metric: Metric,
    period: date,
    value: Decimal,
    limit: Decimal | None,
) -> Series | None:
    labels = list(_labels(incident).items()) or [(ALL, ALL)]
    if len(labels) > 1:
        return None
    ((segment_key, segment),) = labels
    values = connection.execute(
        _VALUES,
        {
            "metric": metric.id,
            "grain": metric.grain,
            "segment_key": segment_key,
            "segment": segment,
            "first": period - SHOWN[metric.grain],
            "period": period,
        },
    ).fetchall()
    if len(values) < 2 or values[-1] != (period, value):
        return None  # the rule judges something else than the metric's values themselves
    return Series(
        name=metric.name,
        unit=metric.unit,
        grain=metric.grain,
        points=tuple((day.isoformat(), float(point)) for day, point in values),
        value=value_text(value, metric),
        limit=None if limit is None else float(limit),
        limit_text=value_text(limit, metric),
    )


def _movers(
    connection: "psycopg.Connection[Any]", incident: Incident, rule: Rule, metric: Metric
) -> tuple[tuple[str, str], ...]:
    """The segments that moved most the way the total did, and by how much."""
    parameters = {
        "metric": metric.id,
        "grain": metric.grain,
        "unit": metric.unit,
        "counts_people": metric.entity == "users" and metric.unit in {"share", "users"},
        "period": incident.last_seen_on,
        "before": _period_before(incident.last_seen_on, rule.condition_of(incident.facts), metric),
        "all": ALL,
    }
    with connection.cursor(row_factory=class_row(_Move)) as cursor:
        moves = cursor.execute(_MOVES, parameters).fetchall()
    risen = (incident.value or 0) >= (incident.baseline or incident.threshold or 0)
    same_way = [move for move in _nameable(moves) if move.moved and (move.moved > 0) == risen]
    same_way.sort(key=lambda move: (-move.size, move.label))
    sign = "+" if risen else MINUS
    return tuple((move.label, sign + effect_text(move.size, metric)) for move in same_way[:MOVERS])


def _nameable(moves: list[_Move]) -> list[_Move]:
    """Without small groups; where one alone would be hidden, without the next smallest too."""
    kept: list[_Move] = []
    for key in {move.segment_key for move in moves}:
        named = [move for move in moves if move.segment_key == key and not move.is_small]
        if sum(move.segment_key == key and move.is_small for move in moves) == 1 and named:
            named.remove(min(named, key=lambda move: move.people or 0))
        kept += named
    return kept


def _period_before(day: date, condition: SingleCondition, metric: Metric) -> date:
    """First day of the period that a value is compared with; of a day mostly the same weekday."""
    if metric.grain == "day" and getattr(condition, "against", None) != "previous_day":
        return day - timedelta(weeks=1)
    return period_before(day, metric.grain)

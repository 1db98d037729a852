"""What there is to judge: the values that rules read, with the moment they speak of."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import dict_row

from monstera.alerts.conditions import Check, History, Judgement
from monstera.alerts.rules import Priority, Rule
from monstera.alerts.series import Point, Series, read_series
from monstera.alerts.states import Outcome
from monstera.definitions import ALL
from monstera.warehouse.database import one_row

ONE_DAY = timedelta(days=1)
LOOKS_BACK = 31
"""Days that are made up for after evaluations failed to come."""


@dataclass(frozen=True)
class Observation:
    """A value to judge.

    Attributes:
        labels: what the segment is called; empty: the total.
        evaluated_for: moment it speaks of; of one moment only the first evaluation counts.
        data_date: the day, or the first day of the period.
        value: None where it is missing.
        population: people behind the value; None: it does not count people.
        facts: what else a message needs to say.
        is_gone: whether its segment is no longer in the data.
    """

    labels: Mapping[str, str]
    evaluated_for: datetime
    data_date: date
    value: Decimal | None
    history: History = field(default_factory=dict)
    incident_days: frozenset[date] = frozenset()
    population: Decimal | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    is_gone: bool = False


def judge(rule: Rule, observation: Observation) -> tuple[Judgement, Priority]:
    """What a rule says of an observation, and how much it matters."""
    if observation.is_gone:
        return Judgement(Outcome.CLEAR, detail="the segment is gone"), rule.priority
    return rule.judge(
        observation.value,
        observation.data_date,
        observation.history,
        incident_days=observation.incident_days,
        population=observation.population,
    )


def fingerprint(rule_id: str, labels: Mapping[str, str]) -> str:
    """Names a rule on a segment, whatever value, date or run: `rule{"country":"DE"}`."""
    if not labels:
        return rule_id
    return rule_id + json.dumps(labels, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def of_published_data(
    connection: "psycopg.Connection[Any]", rule: Rule, as_of: date, zone: ZoneInfo
) -> Iterator[Observation]:
    """What a rule on a metric or on checks sees at the end of `as_of`."""
    if isinstance(rule.condition, Check):
        yield from _checks(connection, rule.condition, as_of)
    elif _published_as_of(connection, as_of):
        yield from _metrics(connection, rule, _delivered(connection, as_of), zone)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The beginning of a business day, in UTC, where no hour comes twice or is left out."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


_PUBLISHED = "select exists (select from ops.current_publication where as_of >= %s)"


def _published_as_of(connection: "psycopg.Connection[Any]", as_of: date) -> bool:
    (is_published,) = one_row(connection.execute(_PUBLISHED, [as_of]))
    return bool(is_published)


_DELIVERED = """
select max(dt) from ops.load_manifest where feed = 'events' and status = 'loaded' and dt <= %s
"""


def _delivered(connection: "psycopg.Connection[Any]", as_of: date) -> date:
    """The last day up to `as_of` whose events were delivered.

    A day that is published before its delivery came is not quiet, it is missing: rules on metrics
    wait, and that the delivery is late is a rule of its own.
    """
    newest: date | None
    (newest,) = one_row(connection.execute(_DELIVERED, [as_of]))
    return newest or as_of


_JUDGED_UP_TO = """
select max(evaluated_for) from ops.alert_states where rule_id = %s
"""


def _judged_up_to(connection: "psycopg.Connection[Any]", rule: Rule, zone: ZoneInfo) -> date | None:
    """The day at whose end the rule last judged; None: it never did."""
    evaluated_for: datetime | None
    (evaluated_for,) = one_row(connection.execute(_JUDGED_UP_TO, [rule.id]))
    return evaluated_for and evaluated_for.astimezone(zone).date() - ONE_DAY


_KNOWN_SEGMENTS = """
select segment
from ops.alert_states
where rule_id = %s and state <> 'inactive'
"""

_CONFIRMED = """
select case when rule_id = %(rule)s then segment end, opened_on, last_seen_on
from ops.alert_incidents
where (rule_id = %(rule)s or rule_id = any(%(explained_by)s)) and verdict = 'true_positive'
"""


@dataclass(frozen=True)
class Remembered:
    """What earlier evaluations of a rule leave to the next ones.

    Attributes:
        segments: labels of the segments that are not inactive.
        confirmed: labels, first and last day of incidents that people confirmed; without labels
            those of rules that explain this one, whatever its segment.
    """

    segments: list[dict[str, str]] = field(default_factory=list)
    confirmed: list[tuple[dict[str, str] | None, date, date]] = field(default_factory=list)

    def incident_days(self, labels: Mapping[str, str]) -> frozenset[date]:
        """Days of confirmed incidents on a segment, and of those that explain it."""
        return frozenset(
            first + timedelta(days=days)
            for of_segment, first, last in self.confirmed
            if of_segment is None or of_segment == labels
            for days in range((last - first).days + 1)
        )


def remembered(connection: "psycopg.Connection[Any]", rule: Rule) -> Remembered:
    """What is kept of a rule."""
    segments = [labels for (labels,) in connection.execute(_KNOWN_SEGMENTS, [rule.id])]
    parameters = {"rule": rule.id, "explained_by": list(rule.inhibited_by)}
    return Remembered(segments, connection.execute(_CONFIRMED, parameters).fetchall())


def _metrics(
    connection: "psycopg.Connection[Any]", rule: Rule, as_of: date, zone: ZoneInfo
) -> Iterator[Observation]:
    """The newest period, and before it those that were published since the rule last judged."""
    memory = remembered(connection, rule)
    judged_up_to = _judged_up_to(connection, rule, zone)
    for metric in rule.measured:
        judged = rule.as_judged(metric)
        since = as_of if judged_up_to is None else judged_up_to + ONE_DAY
        missed = min(max((as_of - since).days, 0), LOOKS_BACK)
        days = (as_of - timedelta(days=number) for number in range(missed + 1))
        periods = sorted({judged.newest_period(day) for day in days})
        series = read_series(connection, rule, metric, periods[0], periods[-1])
        for period in periods:
            if period == periods[-1] or series.segments(period):
                yield from of_period(rule, series, period, zone, memory)


def of_period(
    rule: Rule, series: Series, period: date, zone: ZoneInfo, memory: Remembered
) -> Iterator[Observation]:
    """What a rule sees of a metric in the period that begins on a day."""
    metric = series.metric
    common = {"metric": metric.id} if rule.metrics else {}
    segments = {ALL}
    if rule.segment is not None:
        segments = series.segments(period) | {
            labels[series.segment_key]
            for labels in memory.segments
            if series.segment_key in labels and labels.get("metric") == common.get("metric")
        }
    for segment in sorted(segments):
        labels = {**common, series.segment_key: segment} if rule.segment else common
        yield Observation(
            labels=labels,
            evaluated_for=midnight(metric.known_from(period) + timedelta(days=1), zone),
            data_date=period,
            value=series.points.get(segment, {}).get(period, Point(None)).value,
            history=series.history(segment, period),
            incident_days=memory.incident_days(labels),
            population=series.population(segment, period),
            is_gone=rule.segment is not None and series.is_gone(segment, period),
        )


_CHECKS = """
select distinct on (check_name) check_name, dataset, as_of, passed, rows_failed, checked_at
from ops.check_results
where as_of >= %s and severity = %s
order by check_name, check_result_id desc
"""


def _checks(
    connection: "psycopg.Connection[Any]", condition: Check, as_of: date
) -> Iterator[Observation]:
    """The newest results, also of a later day that they kept from being published."""
    with connection.cursor(row_factory=dict_row) as cursor:
        for check in cursor.execute(_CHECKS, [as_of, condition.severity]).fetchall():
            rows = 0 if check["passed"] else max(1, check["rows_failed"])
            yield Observation(
                labels={"check": check["check_name"]},
                evaluated_for=check["checked_at"],
                data_date=check["as_of"],
                value=Decimal(rows),
                facts={"dataset": check["dataset"]},
            )

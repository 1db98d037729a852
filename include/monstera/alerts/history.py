"""When a rule would have been evaluated in the past, and what it would have seen then."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from monstera.alerts.clock import hours_between, hours_late
from monstera.alerts.conditions import Check, Freshness, Pipeline, Refusals
from monstera.alerts.observations import (
    Observation,
    Remembered,
    midnight,
    of_period,
    remembered,
)
from monstera.alerts.rules import Rule
from monstera.alerts.series import read_series
from monstera.definitions import Metric

EVERY = timedelta(minutes=5)
AN_HOUR = timedelta(hours=1)
Labels = list[dict[str, str]]


@dataclass(frozen=True)
class Moment:
    """An evaluation: when, of which rule, and what it sees given the labels that are firing."""

    at: datetime
    rule: Rule
    observe: Callable[[Labels], Iterable[Observation]]


def moments_of(
    connection: "psycopg.Connection[Any]", rule: Rule, first: date, last: date, zone: ZoneInfo
) -> Iterator[Moment] | None:
    """The evaluations of a rule from `first` to the end of `last`; None: its past is not kept."""
    condition = rule.condition
    if rule.metric_ids:
        moments = [
            moment
            for metric in rule.measured
            for moment in _metric(connection, rule, metric, first, last, zone)
        ]
        return iter(sorted(moments, key=lambda moment: moment.at))
    if isinstance(condition, Check):
        return iter(_checks(connection, rule, condition, first, last))
    if isinstance(condition, Freshness):
        return _freshness(connection, rule, condition, first, last, zone)
    if isinstance(condition, Pipeline):
        return _publications(connection, rule, first, last, zone)
    if isinstance(condition, Refusals):
        return _refusals(connection, rule, first, last, zone)
    return None


def _metric(
    connection: "psycopg.Connection[Any]",
    rule: Rule,
    metric: Metric,
    first: date,
    last: date,
    zone: ZoneInfo,
) -> Iterator[Moment]:
    judged = rule.as_judged(metric)
    as_of = [first + timedelta(days=days) for days in range((last - first).days + 1)]
    periods = sorted({judged.newest_period(day) for day in as_of})
    periods = [period for period in periods if judged.known_from(period) >= first]
    if not periods:
        return
    series = read_series(connection, rule, metric, periods[0], periods[-1])
    confirmed = remembered(connection, rule).confirmed

    def observe(period: date, firing: Labels) -> Iterator[Observation]:
        return of_period(rule, series, period, zone, Remembered(firing, confirmed))

    for period in periods:
        at = midnight(judged.known_from(period) + timedelta(days=1), zone)
        yield Moment(at, rule, partial(observe, period))


_RESULTS = """
select check_name, dataset, as_of, passed, rows_failed, checked_at
from ops.check_results
where severity = %s and as_of between %s and %s
order by checked_at, check_result_id
"""


def _checks(
    connection: "psycopg.Connection[Any]", rule: Rule, condition: Check, first: date, last: date
) -> Iterator[Moment]:
    rows = connection.execute(_RESULTS, [condition.severity, first, last]).fetchall()
    for at, results in groupby(rows, key=lambda row: row[5]):
        yield _moment(at, rule, [
            Observation(
                {"check": name}, at, as_of, Decimal(0 if passed else max(1, failed)),
                facts={"dataset": dataset},
            )
            for name, dataset, as_of, passed, failed, _ in results
        ])  # fmt: skip


_DELIVERIES = """
select finished_at, dt
from ops.load_manifest
where feed = %s and status = 'loaded' and accepted + duplicate > 0 and finished_at is not null
order by finished_at
"""


def _freshness(
    connection: "psycopg.Connection[Any]",
    rule: Rule,
    condition: Freshness,
    first: date,
    last: date,
    zone: ZoneInfo,
) -> Iterator[Moment]:
    rows = connection.execute(_DELIVERIES, [condition.feed]).fetchall()
    arrived = [at for at, _ in rows]
    newest: list[date] = []
    for _, dt in rows:
        newest.append(max(dt, newest[-1]) if newest else dt)
    for at in _clock(first, last, zone):
        position = bisect_right(arrived, at)
        known = newest[position - 1] if position else None
        hours, facts = hours_late(known, condition, at, zone)
        yield _clock_moment(rule, at, hours, facts, zone)


def _publications(
    connection: "psycopg.Connection[Any]", rule: Rule, first: date, last: date, zone: ZoneInfo
) -> Iterator[Moment]:
    query = "select published_at from ops.publications order by published_at"
    published = [at for (at,) in connection.execute(query)]
    for at in _clock(first, last, zone):
        position = bisect_right(published, at)
        hours = hours_between(published[position - 1], at) if position else None
        yield _clock_moment(rule, at, hours, {}, zone)


_REFUSALS = """
select principal::text, recorded_at, coalesce((counts ->> 'times')::integer, 1)
from ops.audit_log
where outcome = 'refused' and recorded_at between %s and %s
order by recorded_at
"""


def _refusals(
    connection: "psycopg.Connection[Any]", rule: Rule, first: date, last: date, zone: ZoneInfo
) -> Iterator[Moment]:
    within = [midnight(first, zone) - AN_HOUR, midnight(last + timedelta(days=1), zone)]
    refused: dict[str, list[datetime]] = {}
    for principal, at, times in connection.execute(_REFUSALS, within):
        refused.setdefault(principal, []).extend([at] * times)
    for at in _clock(first, last, zone):
        day = at.astimezone(zone).date()
        yield _moment(at, rule, [
            Observation(
                {"principal": principal}, at, day,
                Decimal(bisect_right(moments, at) - bisect_right(moments, at - AN_HOUR)),
            )
            for principal, moments in refused.items()
        ])  # fmt: skip


def _clock(first: date, last: date, zone: ZoneInfo) -> Iterator[datetime]:
    at, end = midnight(first, zone), midnight(last + timedelta(days=1), zone)
    while at <= end:
        yield at
        at += EVERY


def _clock_moment(
    rule: Rule, at: datetime, hours: Decimal | None, facts: dict[str, Any], zone: ZoneInfo
) -> Moment:
    day = at.astimezone(zone).date()
    return _moment(at, rule, [Observation({}, at, day, hours, facts=facts)])


def _moment(at: datetime, rule: Rule, seen: list[Observation]) -> Moment:
    """A moment that sees the same whatever is firing."""
    return Moment(at, rule, lambda _: seen)

"""Values of the metrics that rules read, as the rules read them: by segment, over their window."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import psycopg

from monstera.alerts.conditions import SAME_WEEKDAYS_REACH
from monstera.alerts.conditions.base import period_before
from monstera.alerts.rules import Rule, Window
from monstera.definitions import ALL, Grain, Metric

GONE_AFTER = 3
"""Periods in a row without any row after which a segment is gone, and not only missing."""


@dataclass(frozen=True)
class Point:
    """A value with the parts that it is made of; None where there is none."""

    value: Decimal | None
    numerator: Decimal | None = None
    denominator: Decimal | None = None


@dataclass(frozen=True)
class Series:
    """A metric as a rule judges it.

    Attributes:
        metric: the metric, with the length of the periods that are judged.
        segment_key: what it is broken down by; `all`: the total.
        points: by segment and first day of the period.
    """

    metric: Metric
    segment_key: str
    points: Mapping[str, Mapping[date, Point]] = field(default_factory=dict)

    def history(self, segment: str, period: date) -> dict[date, Decimal]:
        """Values of a segment before a period."""
        first = period - reach(self.metric.grain)
        return {
            day: point.value
            for day, point in self.points.get(segment, {}).items()
            if first <= day < period and point.value is not None
        }

    def population(self, segment: str, period: date) -> Decimal | None:
        """People behind a value; None: it does not count people."""
        point = self.points.get(segment, {}).get(period, Point(None))
        if self.metric.unit in {"share", "days"}:
            return point.denominator
        return point.value if self.metric.unit == "users" else None

    def segments(self, period: date) -> set[str]:
        """The segments that have a value in a period."""
        return {
            segment
            for segment, points in self.points.items()
            if points.get(period, Point(None)).value is not None
        }

    def is_gone(self, segment: str, period: date) -> bool:
        """Whether a segment has been absent for some periods in which others were there."""
        day = period
        for _ in range(GONE_AFTER):
            if day in self.points.get(segment, {}) or not self.segments(day):
                return False
            day = period_before(day, self.metric.grain)
        return True


def reach(grain: Grain) -> timedelta:
    """How far back conditions look."""
    return timedelta(weeks=SAME_WEEKDAYS_REACH * (5 if grain == "month" else 1))


_POINTS = """
select segment_value, date, value, numerator, denominator
from gold.metric_values
where metric_id = %(metric)s and grain = %(grain)s and segment_key = %(segment_key)s
    and date between %(first)s and %(last)s and not is_partial
order by segment_value, date
"""


def read_series(
    connection: "psycopg.Connection[Any]", rule: Rule, metric: Metric, first: date, last: date
) -> Series:
    """What a rule needs to judge a metric in the periods that begin from `first` to `last`."""
    grain = rule.grain_of(metric)
    segment_key = rule.segment.by if rule.segment else ALL
    begins = first - reach(grain)
    for _ in range(rule.window.periods if rule.window else 1):
        begins = period_before(begins, grain)
    parameters = {
        "metric": metric.id,
        "grain": metric.grain,
        "segment_key": segment_key,
        "first": begins,
        "last": last if grain == metric.grain else last + timedelta(days=6),
    }
    points: dict[str, dict[date, Point]] = {}
    for segment, day, *parts in connection.execute(_POINTS, parameters):
        points.setdefault(segment, {})[day] = Point(*parts)
    if rule.window is not None:
        points = {name: dict(_over(rule.window, grain, of)) for name, of in points.items()}
    return Series(rule.as_judged(metric), segment_key, points)


def _over(
    window: Window, grain: Grain, points: Mapping[date, Point]
) -> Iterator[tuple[date, Point]]:
    """The points over a window, where all that it spans are there."""
    if window.grain == "week":
        points = dict(_weeks(points))
    for period in points:
        parts, day = [], period
        for _ in range(window.periods):
            parts.append(points.get(day))
            day = period_before(day, grain)
        if (total := _sum(parts)) is not None:
            yield period, total


def _weeks(points: Mapping[date, Point]) -> Iterator[tuple[date, Point]]:
    for monday in sorted({day - timedelta(days=day.weekday()) for day in points}):
        total = _sum([points.get(monday + timedelta(days=days)) for days in range(7)])
        if total is not None:
            yield monday, total


def _sum(points: list[Point | None]) -> Point | None:
    """One rate of several; a period without any people in it adds nothing."""
    numerator = denominator = Decimal(0)
    for point in points:
        if point is None:
            return None
        numerator += point.numerator or 0
        denominator += point.denominator or 0
    return Point(numerator / denominator if denominator else None, numerator, denominator)

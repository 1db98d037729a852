"""The metrics of tier 1 over a period, against the one before, and what moved most."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from statistics import mean
from typing import Any, Literal

import psycopg

from monstera.alerts.wording.figures import MINUS, day_text, effect_text, plain, value_text
from monstera.definitions import ALL, Definitions, Metric
from monstera.definitions.metrics import period_of
from monstera.digests.periods import Period, period_to_compare_with
from monstera.notify.digest import Figure
from monstera.notify.series import SHOWN, Series

CHARTS = 3
LENGTHS = ("day", "week", "month")
LEAST_POINTS = 4
"""Values below which a chart shows nothing that the figure does not say."""
MANIFOLD = 9
"""Relative rise from which it is told as a multiple."""
NOTEWORTHY = Decimal("0.01")
"""Relative change below which nothing is called good or bad."""

_VALUES = """
select metric_id, grain, date, value
from gold.metric_values
where metric_id = any(%(metrics)s) and segment_key = %(all)s
    and date between %(first)s and %(last)s and value is not null and not is_partial
order by date
"""
Values = Mapping[date, Decimal]


@dataclass(frozen=True)
class Reading:
    """A metric over the period and over the one before; None: it has no value there.

    `note` says what the value is, where that is not the period's own.
    """

    metric: Metric
    values: Values
    value: Decimal
    before: Decimal | None
    note: str = ""

    @property
    def moved(self) -> Decimal:
        """Relative change; 0 where there is nothing to compare with."""
        if not self.before:
            return Decimal(0)
        return (self.value - self.before) / abs(self.before)

    @property
    def figure(self) -> Figure:
        """The reading in words."""
        return Figure(
            name=self.metric.name,
            value=value_text(self.value, self.metric),
            note=self.note,
            change=self._change(),
            tone=self._tone(),
            group=self.metric.domain.replace("_", " ").capitalize(),
        )

    def _change(self) -> str:
        if self.before is None:
            return ""
        difference = self.value - self.before
        if self.metric.unit == "share" or not self.before:
            size = effect_text(abs(difference), self.metric)
        else:
            if self.before > 0 and self.moved >= MANIFOLD:
                return f"{plain(self.value / self.before, 0)}-fold"
            percent = abs(self.moved) * 100
            size = f"{plain(percent, 0 if percent >= 10 else 1)} %"
        if size in {"0", "0 %", "0 points"}:
            return "unchanged"
        return (MINUS if difference < 0 else "+") + size

    def _tone(self) -> Literal["good", "bad", ""]:
        is_small = abs(self.moved) < NOTEWORTHY or self._change() == "unchanged"
        if is_small or self.metric.direction == "neutral":
            return ""
        return "good" if (self.moved > 0) == (self.metric.direction == "up") else "bad"

    def series(self, period: Period) -> Series:
        """The values up to the period, each over a period of the same length."""
        by_period: dict[date, list[Decimal]] = {}
        for day, value in self.values.items():
            start = period_of(period.grain, day)
            if period.first - SHOWN[period.grain] < start <= period.first:
                by_period.setdefault(start, []).append(value)
        points = tuple((day.isoformat(), float(mean(of))) for day, of in by_period.items())
        text = value_text(self.value, self.metric)
        return Series(self.metric.name, self.metric.unit, period.grain, points, text)


def readings(
    connection: "psycopg.Connection[Any]", definitions: Definitions, period: Period
) -> list[Reading]:
    """What is known of each metric of tier 1, by area and name.

    A metric of shorter periods is the mean of those that began in the period; one of longer
    periods is left out, and so is one without a value yet.
    """
    metrics = [
        metric
        for metric in sorted(definitions.metrics.values(), key=lambda m: (m.domain, m.name))
        if metric.importance_tier == "tier_1"
        and LENGTHS.index(metric.grain) <= LENGTHS.index(period.grain)
    ]
    values: dict[tuple[str, str], dict[date, Decimal]] = {}
    parameters = {
        "metrics": [metric.id for metric in metrics],
        "all": ALL,
        "first": period.before - SHOWN[period.grain],
        "last": period.last,
    }
    for metric_id, grain, day, value in connection.execute(_VALUES, parameters):
        values.setdefault((metric_id, grain), {})[day] = value
    found = (
        _reading(metric, values.get((metric.id, metric.grain), {}), period) for metric in metrics
    )
    return [reading for reading in found if reading is not None]


def most_moved(found: list[Reading], period: Period) -> list[Series]:
    """The values of what moved most, relative to what it was."""
    moved = sorted(found, key=lambda reading: (-abs(reading.moved), reading.metric.name))
    series = (reading.series(period) for reading in moved if abs(reading.moved) >= NOTEWORTHY)
    return list(islice((one for one in series if len(one.points) >= LEAST_POINTS), CHARTS))


def _reading(metric: Metric, values: Values, period: Period) -> Reading | None:
    if metric.grain == period.grain:
        return _newest(metric, values, period)
    now = _mean(values, period.first, period.last)
    if now is None:
        return None
    return Reading(
        metric,
        values,
        now,
        _mean(values, period.before, period.before_until),
        note=f"average {metric.grain}",
    )


def _newest(metric: Metric, values: Values, period: Period) -> Reading | None:
    """The period's own value, or the newest that is known where it takes time to be known."""
    first = metric.newest_period(period.last)
    if first not in values:
        return None
    before = period_to_compare_with(period.grain, first)
    note = "" if first == period.first else f"of {day_text(first)}, the newest known"
    return Reading(metric, values, values[first], values.get(before), note)


def _mean(values: Values, first: date, last: date) -> Decimal | None:
    within = [value for day, value in values.items() if first <= day <= last]
    return mean(within) if within else None

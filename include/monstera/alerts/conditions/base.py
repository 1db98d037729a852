"""What all conditions share: judgements, comparisons, and what is usual on a weekday."""

import math
import operator
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from statistics import median
from typing import Literal

from monstera.alerts.states import Outcome
from monstera.definitions import Grain

History = Mapping[date, Decimal]
"""Values of earlier periods, by the first day of the period."""

Days = frozenset[date]

Source = Literal["metric", "deliveries", "publications", "checks", "outbox", "audit_log"]
Comparison = Literal[">", ">=", "<", "<=", "="]
COMPARE = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
}
SAME_WEEKDAYS = 8
LEAST_SAME_WEEKDAYS = 4
SAME_WEEKDAYS_REACH = 16
"""Weeks to go back for enough weekdays that are not part of a confirmed incident."""
WEEKS_TO_SEE_GROWTH = 6
LEAST_GROWTH = math.log(1.01)
"""Growth a week below which a level counts as steady."""


@dataclass(frozen=True)
class Judgement:
    """What a condition says of a value.

    Attributes:
        value: what was judged; of a forecast the forecast value.
        baseline: what the value was compared with; None: nothing.
        threshold: the limit in the value's unit: the one passed, else the nearer.
        detail: why there is no judgement.
        part: which of several conditions it is of, from 0; None: there is only one.
    """

    outcome: Outcome
    value: Decimal | None = None
    baseline: Decimal | None = None
    threshold: Decimal | None = None
    detail: str = ""
    part: int | None = None

    @property
    def is_breach(self) -> bool:
        """Whether the value is beyond the limit."""
        return self.outcome is Outcome.BREACH

    def within_chance(self) -> "Judgement":
        """The same, but no breach, as chance explains it."""
        return replace(self, outcome=Outcome.CLEAR, detail="within chance")

    def of_part(self, part: int) -> "Judgement":
        """The same, as that of one of several conditions."""
        return replace(self, part=part)


def judged(
    is_breach: bool, value: Decimal, threshold: Decimal, baseline: Decimal | None = None
) -> Judgement:
    """A judgement of a value that could be judged."""
    return Judgement(Outcome.BREACH if is_breach else Outcome.CLEAR, value, baseline, threshold)


def unjudged(detail: str, value: Decimal | None = None) -> Judgement:
    """No judgement, and why."""
    return Judgement(Outcome.NO_DATA, value, detail=detail)


def too_few(values: list[Decimal], least: int = LEAST_SAME_WEEKDAYS) -> str:
    """Why there is no judgement yet."""
    return f"{len(values)} of at least {least} same weekdays to compare with"


def same_weekdays(
    history: History, on: date, count: int, without: Days, reach: int = SAME_WEEKDAYS_REACH
) -> list[Decimal]:
    """The newest `count` values of the same weekday before `on`, leaving out some days."""
    return [value for _, value in _same_weekdays(history, on, count, without, reach)]


def usual_values(
    history: History, on: date, count: int, without: Days, *, follows_growth: bool = False
) -> list[Decimal]:
    """`same_weekdays`, with `follows_growth` each brought to the level of `on`.

    Of something that grows by 5 % a week the median of eight weeks lies a fifth too low, so that
    every day would be a deviation.
    """
    growth = growth_a_week(history, on, without) if follows_growth else 0.0
    found = _same_weekdays(history, on, count, without, SAME_WEEKDAYS_REACH)
    if not growth:
        return [value for _, value in found]
    return [value * Decimal(str(round(math.exp(growth * weeks), 6))) for weeks, value in found]


def growth_a_week(history: History, on: date, without: Days) -> float:
    """Growth as the logarithm of the factor by which the last 8 weeks grew, week by week.

    The median over all pairs of same weekdays (the slope of Theil and Sen), which a third of the
    days can be off without moving it. 0 with fewer than 6 weeks, or where it does not grow clearly:
    what shrinks is compared with what it was, or a slow decline would be called usual.
    """
    slopes: list[float] = []
    for offset in range(7):
        found = _same_weekdays(
            history, on - timedelta(days=offset), SAME_WEEKDAYS, without, SAME_WEEKDAYS
        )
        logs = [(-weeks, math.log(value)) for weeks, value in found if value > 0]
        if len(logs) < WEEKS_TO_SEE_GROWTH:
            continue
        slopes += [(b - a) / (then - first) for (first, a), (then, b) in combinations(logs, 2)]
    growth = median(slopes) if slopes else 0.0
    return growth if growth >= LEAST_GROWTH else 0.0


def _same_weekdays(
    history: History, on: date, count: int, without: Days, reach: int
) -> list[tuple[int, Decimal]]:
    """Weeks before `on` and values."""
    days = ((weeks, on - timedelta(weeks=weeks)) for weeks in range(1, reach + 1))
    found = [(weeks, history[day]) for weeks, day in days if day in history and day not in without]
    return found[:count]


SIGMA = Decimal("1.4826")
"""Standard deviations in a median absolute deviation, of normal noise."""


def spread(values: list[Decimal]) -> Decimal:
    """The median absolute deviation, scaled to a standard deviation."""
    middle = median(values)
    return SIGMA * median(abs(value - middle) for value in values)


def month_before(day: date) -> date:
    """The same day of the month before, or its last."""
    last_of_month_before = day.replace(day=1) - timedelta(days=1)
    return last_of_month_before.replace(day=min(day.day, last_of_month_before.day))


def period_before(period: date, grain: Grain) -> date:
    """First day of the day, week or month before."""
    if grain == "month":
        return month_before(period)
    return period - timedelta(days=7 if grain == "week" else 1)


def difference_and_limit(
    value: Decimal,
    baseline: Decimal,
    limit: Decimal,
    unit: Literal["percent", "points", "absolute"],
) -> tuple[Decimal, Decimal, Decimal]:
    """The change, its limit in the same unit, and the limit as a value of the metric.

    Without division, so that a change of exactly the limit is recognised as such.
    """
    difference = value - baseline
    if unit == "absolute":
        return difference, limit, baseline + limit
    if unit == "points":
        return difference * 100, limit, baseline + limit / 100
    if baseline == 0:  # any change from nothing is beyond any percentage
        return (difference * Decimal("Infinity") if difference else difference, limit, baseline)
    scaled = abs(baseline) * limit
    return difference * 100, scaled, baseline + scaled / 100

"""The conditions of rules: one class a kind, each a declaration that can judge a value."""

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import mean, median
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from monstera.alerts.poisson import usual_counts
from monstera.alerts.states import Outcome
from monstera.definitions import Grain
from monstera.definitions.model import Definition, Name, Number

History = Mapping[date, Decimal]
"""Values of earlier periods, by the first day of the period."""

Source = Literal["metric", "deliveries", "publications", "checks"]
Comparison = Literal[">", ">=", "<", "<=", "="]
COMPARE = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
}
POISSON_BELOW = 225
"""Expected counts below which a percentage would call plain chance a deviation."""
SAME_WEEKDAYS = 8
LEAST_SAME_WEEKDAYS = 4
SAME_WEEKDAYS_REACH = 16
"""Weeks to go back for enough weekdays that are not part of a confirmed incident."""


@dataclass(frozen=True)
class Judgement:
    """What a condition says of a value.

    Attributes:
        baseline: what the value was compared with; None: nothing.
        threshold: the limit in the value's unit: the one passed, else the nearer.
        detail: why there is no judgement.
    """

    outcome: Outcome
    value: Decimal | None = None
    baseline: Decimal | None = None
    threshold: Decimal | None = None
    detail: str = ""

    @property
    def is_breach(self) -> bool:
        """Whether the value is beyond the limit."""
        return self.outcome is Outcome.BREACH


def judged(
    is_breach: bool, value: Decimal, threshold: Decimal, baseline: Decimal | None = None
) -> Judgement:
    """A judgement of a value that could be judged."""
    return Judgement(Outcome.BREACH if is_breach else Outcome.CLEAR, value, baseline, threshold)


def unjudged(detail: str, value: Decimal | None = None) -> Judgement:
    """No judgement, and why."""
    return Judgement(Outcome.NO_DATA, value, detail=detail)


def same_weekdays(
    history: History, on: date, count: int, without: frozenset[date]
) -> list[Decimal]:
    """The newest `count` values of the same weekday before `on`, leaving out some days."""
    days = (on - timedelta(weeks=weeks) for weeks in range(1, SAME_WEEKDAYS_REACH + 1))
    return [history[day] for day in days if day in history and day not in without][:count]


class Threshold(Definition):
    """The value itself is beyond a limit.

    With `minimum_expected`, only on days on which the median of the last same weekdays is at
    least this.
    """

    reads: ClassVar[Source] = "metric"

    kind: Literal["threshold"]
    op: Comparison
    value: Number
    unit: Literal["absolute"]
    minimum_expected: Number | None = None

    @property
    def grains(self) -> tuple[Grain, ...]:
        """Grains of the metrics that it can judge."""
        return ("day", "week", "month") if self.minimum_expected is None else ("day",)

    @property
    def compares(self) -> Grain:
        """How far apart the values are that it looks at together."""
        return "day" if self.minimum_expected is None else "week"

    def judge(
        self, value: Decimal, on: date, history: History, incident_days: frozenset[date]
    ) -> Judgement:
        """Judges the value of the period that begins `on`."""
        is_breach = COMPARE[self.op](value, self.value)
        if self.minimum_expected is None:
            return judged(is_breach, value, self.value)
        usual = same_weekdays(history, on, SAME_WEEKDAYS, incident_days)
        if len(usual) < LEAST_SAME_WEEKDAYS:
            return unjudged(_too_few(usual), value)
        expected = median(usual)
        return judged(is_breach and expected >= self.minimum_expected, value, self.value, expected)


class Change(Definition):
    """The value has changed against an earlier one by more than a limit.

    `percent` is relative to the earlier value, `points` are percentage points of a share, and
    `absolute` is the difference in the metric's unit. Changes down are negative. A difference below
    `minimum_effect` (in the metric's unit) is never a breach.
    """

    reads: ClassVar[Source] = "metric"

    kind: Literal["change"]
    against: Literal[
        "previous_day",
        "previous_week",
        "previous_month",
        "mean_of_same_weekdays",
        "median_of_same_weekdays",
    ]
    count: Annotated[int, Field(ge=1, le=SAME_WEEKDAYS_REACH)] = SAME_WEEKDAYS
    op: Comparison
    value: Number
    unit: Literal["percent", "points", "absolute"]
    minimum_effect: Annotated[Number, Field(ge=0)] = Decimal(0)

    @property
    def grains(self) -> tuple[Grain, ...]:
        """Grains of the metrics that it can judge."""
        if self.against == "previous_week":
            return ("day", "week")
        return ("day", "month") if self.against == "previous_month" else ("day",)

    @property
    def compares(self) -> Grain:
        """How far apart the values are that it looks at together."""
        if self.against == "previous_day":
            return "day"
        return "month" if self.against == "previous_month" else "week"

    def judge(
        self, value: Decimal, on: date, history: History, incident_days: frozenset[date]
    ) -> Judgement:
        """Judges the value of the period that begins `on`."""
        baseline = self._baseline(on, history, incident_days)
        if baseline is None:
            return unjudged("nothing to compare with yet", value)
        change, limit, threshold = self._measures(value, baseline)
        matters = abs(value - baseline) >= self.minimum_effect
        return judged(COMPARE[self.op](change, limit) and matters, value, threshold, baseline)

    def _baseline(
        self, on: date, history: History, incident_days: frozenset[date]
    ) -> Decimal | None:
        if self.against == "previous_day":
            return history.get(on - timedelta(days=1))
        if self.against == "previous_week":
            return history.get(on - timedelta(weeks=1))
        if self.against == "previous_month":
            return history.get(_month_before(on))
        usual = same_weekdays(history, on, self.count, incident_days)
        if len(usual) < min(self.count, LEAST_SAME_WEEKDAYS):
            return None
        return mean(usual) if self.against == "mean_of_same_weekdays" else median(usual)

    def _measures(self, value: Decimal, baseline: Decimal) -> tuple[Decimal, Decimal, Decimal]:
        """The change, its limit in the same unit, and the limit as a value of the metric.

        Without division, so that a change of exactly the limit is recognised as such.
        """
        difference = value - baseline
        if self.unit == "absolute":
            return difference, self.value, baseline + self.value
        if self.unit == "points":
            return difference * 100, self.value, baseline + self.value / 100
        if baseline == 0:  # any rise from nothing is beyond any percentage
            return (
                difference * Decimal("Infinity") if difference else difference,
                self.value,
                baseline,
            )
        limit = abs(baseline) * self.value
        return difference * 100, limit, baseline + limit / 100


class Volume(Definition):
    """A daily count is further from the median of the last 8 same weekdays than usual.

    `value` is in percent of the median. Below 225 expected, where chance alone moves more than
    that, the bound is that of a Poisson count instead. A difference below `minimum_effect`
    (in the metric's unit) is never a breach.
    """

    reads: ClassVar[Source] = "metric"
    grains: ClassVar[tuple[Grain, ...]] = ("day",)
    compares: ClassVar[Grain] = "week"

    kind: Literal["volume"]
    direction: Literal["both", "up", "down"] = "both"
    value: Annotated[Number, Field(gt=0)]
    unit: Literal["percent"]
    minimum_effect: Annotated[Number, Field(gt=0)]

    def judge(
        self, value: Decimal, on: date, history: History, incident_days: frozenset[date]
    ) -> Judgement:
        """Judges the count of the day `on`."""
        usual = same_weekdays(history, on, SAME_WEEKDAYS, incident_days)
        if len(usual) < LEAST_SAME_WEEKDAYS:
            return unjudged(_too_few(usual), value)
        expected = median(usual)
        least, most = self._bounds(expected)
        is_low = self.direction != "up" and value < least
        is_high = self.direction != "down" and value > most
        matters = abs(value - expected) >= self.minimum_effect
        threshold = least if self._is_nearer_to_least(value, least, most) else most
        return judged((is_low or is_high) and matters, value, threshold, expected)

    def _bounds(self, expected: Decimal) -> tuple[Decimal, Decimal]:
        if expected < POISSON_BELOW:
            least, most = usual_counts(float(expected))
            return Decimal(least), Decimal(most)
        margin = expected * self.value / 100
        return expected - margin, expected + margin

    def _is_nearer_to_least(self, value: Decimal, least: Decimal, most: Decimal) -> bool:
        if self.direction != "both":
            return self.direction == "down"
        return abs(value - least) <= abs(value - most)


class Freshness(Definition):
    """The next delivery of a feed is late by more than a limit in hours.

    Deliveries come every `every_days` days; that of a day is due when the day ends.
    """

    reads: ClassVar[Source] = "deliveries"
    compares: ClassVar[Grain] = "day"

    kind: Literal["freshness"]
    feed: Name = "events"
    every_days: Annotated[int, Field(ge=1)] = 1
    op: Comparison
    value: Number
    unit: Literal["hours"]

    def judge(
        self, value: Decimal, on: date, history: History, incident_days: frozenset[date]
    ) -> Judgement:
        """Judges how many hours the delivery is late."""
        return judged(COMPARE[self.op](value, self.value), value, self.value)


class Pipeline(Definition):
    """A task failed for good, or the last publication is older than a limit in hours."""

    reads: ClassVar[Source] = "publications"
    compares: ClassVar[Grain] = "day"

    kind: Literal["pipeline"]
    op: Comparison
    value: Number
    unit: Literal["hours"]

    def judge(
        self, value: Decimal, on: date, history: History, incident_days: frozenset[date]
    ) -> Judgement:
        """Judges the hours since the last publication."""
        return judged(COMPARE[self.op](value, self.value), value, self.value)


class Check(Definition):
    """A data check of a severity did not hold; the value is the number of rows that broke it."""

    reads: ClassVar[Source] = "checks"
    compares: ClassVar[Grain] = "day"

    kind: Literal["check"]
    severity: Literal["error", "warn"]

    def judge(
        self, value: Decimal, on: date, history: History, incident_days: frozenset[date]
    ) -> Judgement:
        """Judges the rows that broke the check; 0: it held."""
        return judged(value > 0, value, Decimal(0))


Condition = Annotated[
    Threshold | Change | Volume | Freshness | Pipeline | Check, Field(discriminator="kind")
]


def _too_few(usual: list[Decimal]) -> str:
    return f"{len(usual)} of at least {LEAST_SAME_WEEKDAYS} same weekdays to compare with"


def _month_before(day: date) -> date:
    last_of_month_before = day.replace(day=1) - timedelta(days=1)
    return last_of_month_before.replace(day=min(day.day, last_of_month_before.day))

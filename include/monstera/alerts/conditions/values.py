"""Conditions on a value itself: a limit, a change against an earlier value, a daily count."""

from datetime import date, timedelta
from decimal import Decimal
from statistics import mean, median
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from monstera.alerts.conditions.base import (
    COMPARE,
    LEAST_SAME_WEEKDAYS,
    SAME_WEEKDAYS,
    Comparison,
    Days,
    History,
    Judgement,
    Source,
    difference_and_limit,
    judged,
    month_before,
    same_weekdays,
    spread,
    too_few,
    unjudged,
    usual_values,
)
from monstera.alerts.poisson import usual_counts
from monstera.definitions import Grain
from monstera.definitions.model import Definition, Number

POISSON_BELOW = 225
"""Expected counts below which a percentage would call plain chance a deviation."""
CHANCE_EXPLAINS = 20
"""Percentage that is three deviations of a count of 225; a larger one is a limit of its own."""
MOST_DAYS = 56


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

    def judge(self, value: Decimal, on: date, history: History, incident_days: Days) -> Judgement:
        """Judges the value of the period that begins `on`."""
        is_breach = COMPARE[self.op](value, self.value)
        if self.minimum_expected is None:
            return judged(is_breach, value, self.value)
        usual = same_weekdays(history, on, SAME_WEEKDAYS, incident_days)
        if len(usual) < LEAST_SAME_WEEKDAYS:
            return unjudged(too_few(usual), value)
        expected = median(usual)
        return judged(is_breach and expected >= self.minimum_expected, value, self.value, expected)


class Change(Definition):
    """The value has changed against an earlier one by more than a limit.

    `percent` is relative to the earlier value, `points` are percentage points of a share, and
    `absolute` is the difference in the metric's unit. Changes down are negative. A difference below
    `minimum_effect` (in the metric's unit) is never a breach, nor is one of fewer than
    `least_deviations` of the same weekdays. `count` says how many weekdays or days a mean or median
    is of; of days, half of them must be there.
    """

    reads: ClassVar[Source] = "metric"

    kind: Literal["change"]
    against: Literal[
        "previous_day",
        "previous_week",
        "previous_month",
        "mean_of_same_weekdays",
        "median_of_same_weekdays",
        "mean_of_days",
    ]
    count: Annotated[int, Field(ge=1, le=MOST_DAYS)] = SAME_WEEKDAYS
    op: Comparison
    value: Number
    unit: Literal["percent", "points", "absolute"]
    minimum_effect: Annotated[Number, Field(ge=0)] = Decimal(0)
    least_deviations: Annotated[Number, Field(ge=0)] = Decimal(0)

    @model_validator(mode="after")
    def _deviations_of_weekdays(self) -> Self:
        if self.least_deviations and not self.against.endswith("same_weekdays"):
            raise ValueError("least_deviations are those of same weekdays: compare with them")
        return self

    @property
    def grains(self) -> tuple[Grain, ...]:
        """Grains of the metrics that it can judge."""
        if self.against == "previous_week":
            return ("day", "week")
        return ("day", "month") if self.against == "previous_month" else ("day",)

    @property
    def compares(self) -> Grain:
        """How far apart the values are that it looks at together."""
        if self.against in {"previous_day", "mean_of_days"}:
            return "day"
        return "month" if self.against == "previous_month" else "week"

    def judge(self, value: Decimal, on: date, history: History, incident_days: Days) -> Judgement:
        """Judges the value of the period that begins `on`."""
        baseline = self._baseline(on, history, incident_days)
        if baseline is None:
            return unjudged("nothing to compare with yet", value)
        change, limit, threshold = difference_and_limit(value, baseline, self.value, self.unit)
        least = self.minimum_effect
        if self.least_deviations:
            usual = same_weekdays(history, on, self.count, incident_days)
            least = max(least, self.least_deviations * spread(usual))
        matters = abs(value - baseline) >= least
        return judged(COMPARE[self.op](change, limit) and matters, value, threshold, baseline)

    def _baseline(self, on: date, history: History, incident_days: Days) -> Decimal | None:
        if self.against == "previous_day":
            return history.get(on - timedelta(days=1))
        if self.against == "previous_week":
            return history.get(on - timedelta(weeks=1))
        if self.against == "previous_month":
            return history.get(month_before(on))
        if self.against == "mean_of_days":
            before = (on - timedelta(days=days) for days in range(1, self.count + 1))
            days = [history[day] for day in before if day in history and day not in incident_days]
            return mean(days) if len(days) * 2 >= self.count else None
        usual = same_weekdays(history, on, self.count, incident_days)
        if len(usual) < min(self.count, LEAST_SAME_WEEKDAYS):
            return None
        return mean(usual) if self.against == "mean_of_same_weekdays" else median(usual)


class Volume(Definition):
    """A daily count is further from the median of the last 8 same weekdays than usual.

    `value` is in percent of the median. Below 225 expected, where chance alone can move more than
    that, the count must be beyond the usual ones of a Poisson count. A difference below
    `minimum_effect` (in the metric's unit) is never a breach. With `follows_growth` the earlier
    values are first brought to today's level, where the count grows week by week.
    """

    reads: ClassVar[Source] = "metric"
    grains: ClassVar[tuple[Grain, ...]] = ("day",)
    compares: ClassVar[Grain] = "week"

    kind: Literal["volume"]
    direction: Literal["both", "up", "down"] = "both"
    value: Annotated[Number, Field(gt=0)]
    unit: Literal["percent"]
    minimum_effect: Annotated[Number, Field(gt=0)]
    follows_growth: bool = False

    def judge(self, value: Decimal, on: date, history: History, incident_days: Days) -> Judgement:
        """Judges the count of the day `on`."""
        usual = usual_values(
            history, on, SAME_WEEKDAYS, incident_days, follows_growth=self.follows_growth
        )
        if len(usual) < LEAST_SAME_WEEKDAYS:
            return unjudged(too_few(usual), value)
        expected = median(usual)
        least, most = self._bounds(expected)
        is_low = self.direction != "up" and value < least
        is_high = self.direction != "down" and value > most
        matters = abs(value - expected) >= self.minimum_effect
        threshold = least if self._is_nearer_to_least(value, least, most) else most
        return judged((is_low or is_high) and matters, value, threshold, expected)

    def _bounds(self, expected: Decimal) -> tuple[Decimal, Decimal]:
        margin = expected * self.value / 100
        if expected >= POISSON_BELOW:
            return expected - margin, expected + margin
        least, most = usual_counts(float(expected))
        if self.value <= CHANCE_EXPLAINS:
            return Decimal(least), Decimal(most)
        return min(Decimal(least), expected - margin), max(Decimal(most), expected + margin)

    def _is_nearer_to_least(self, value: Decimal, least: Decimal, most: Decimal) -> bool:
        if self.direction != "both":
            return self.direction == "down"
        return abs(value - least) <= abs(value - most)

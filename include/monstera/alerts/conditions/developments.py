"""Conditions on how values develop: trends, shifts, anomalies, forecasts.

All ask for a `minimum_effect` in the metric's unit, so that tiny numbers wake nobody. The tested
value, and days of confirmed incidents, are never part of what it is compared with.
"""

from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations, pairwise
from statistics import median
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from monstera.alerts.conditions.base import (
    COMPARE,
    LEAST_SAME_WEEKDAYS,
    SAME_WEEKDAYS,
    SAME_WEEKDAYS_REACH,
    SIGMA,
    Days,
    History,
    Judgement,
    Source,
    difference_and_limit,
    judged,
    period_before,
    same_weekdays,
    too_few,
    unjudged,
)
from monstera.definitions import Grain
from monstera.definitions.model import Definition, Number

Effect = Annotated[Number, Field(gt=0)]
Beyond = Literal[">", "<"]
Unit = Literal["percent", "points", "absolute"]


class Trend(Definition):
    """The value moves in one direction over `periods` steps of a day, week or month.

    The limit is for a step: the median slope over all pairs (Theil and Sen) is beyond it, or with
    `every_step` each single step is, so `{op: "<", value: 0, every_step: true}` is a fall so many
    times in a row. First and last value must differ by `minimum_effect`. `percent` is relative to
    the first value, with `every_step` to the one before.
    """

    reads: ClassVar[Source] = "metric"

    kind: Literal["trend"]
    every: Grain = "week"
    periods: Annotated[int, Field(ge=2, le=SAME_WEEKDAYS_REACH)]
    op: Beyond
    value: Number
    unit: Unit
    every_step: bool = False
    minimum_effect: Effect

    @property
    def grains(self) -> tuple[Grain, ...]:
        """Grains of the metrics that it can judge."""
        return ("day",) if self.every == "day" else ("day", self.every)

    @property
    def compares(self) -> Grain:
        """How far apart the values are that it looks at together."""
        return self.every

    def judge(self, value: Decimal, on: date, history: History, incident_days: Days) -> Judgement:
        """Judges the value of the period that begins `on`."""
        values = self._series(value, on, history, incident_days)
        if values is None:
            return unjudged(f"{self.periods} periods before it are needed", value)
        first = values[0]
        if self.every_step:
            is_beyond = all(self._is_beyond(later, earlier) for earlier, later in pairwise(values))
            _, _, threshold = difference_and_limit(value, values[-2], self.value, self.unit)
        else:
            slope = median(
                (b - a) / (j - i) for (i, a), (j, b) in combinations(enumerate(values), 2)
            )
            is_beyond = self._is_beyond(first + slope, first)
            _, _, threshold = difference_and_limit(
                value, first, self.value * self.periods, self.unit
            )
        moves = value - first if self.op == ">" else first - value
        return judged(is_beyond and moves >= self.minimum_effect, value, threshold, first)

    def _is_beyond(self, later: Decimal, earlier: Decimal) -> bool:
        change, limit, _ = difference_and_limit(later, earlier, self.value, self.unit)
        return change > limit if self.op == ">" else change < limit

    def _series(
        self, value: Decimal, on: date, history: History, without: Days
    ) -> list[Decimal] | None:
        """The values from `periods` steps ago to the tested one; None where one is missing."""
        values, day = [value], on
        for _ in range(self.periods):
            day = period_before(day, self.every)
            if day not in history or day in without:
                return None
            values.append(history[day])
        return values[::-1]


class BaselineShift(Definition):
    """A share of a distribution has left its baseline, the median of the same weekdays of `weeks`.

    `points` are percentage points, `percent` is relative to the baseline.
    """

    reads: ClassVar[Source] = "metric"
    grains: ClassVar[tuple[Grain, ...]] = ("day", "week")
    compares: ClassVar[Grain] = "week"

    kind: Literal["baseline_shift"]
    weeks: Annotated[int, Field(ge=LEAST_SAME_WEEKDAYS, le=SAME_WEEKDAYS_REACH)] = SAME_WEEKDAYS
    direction: Literal["both", "up", "down"] = "both"
    value: Annotated[Number, Field(gt=0)]
    unit: Unit
    minimum_effect: Effect

    def judge(self, value: Decimal, on: date, history: History, incident_days: Days) -> Judgement:
        """Judges the share of the period that begins `on`."""
        usual = same_weekdays(history, on, self.weeks, incident_days)
        if len(usual) < LEAST_SAME_WEEKDAYS:
            return unjudged(too_few(usual), value)
        baseline = median(usual)
        is_up = value >= baseline if self.direction == "both" else self.direction == "up"
        limit = self.value if is_up else -self.value
        change, scaled, threshold = difference_and_limit(value, baseline, limit, self.unit)
        is_beyond = change > scaled if is_up else change < scaled
        matters = abs(value - baseline) >= self.minimum_effect
        return judged(is_beyond and matters, value, threshold, baseline)


class Anomaly(Definition):
    """The value is too many deviations from what is usual on its weekday.

    Usual is the median of the same weekdays in `training_weeks`; a deviation is the median absolute
    deviation of all days in them from the median of their own weekday, scaled to a standard
    deviation, and at least `least_spread` percent of what is usual, so that a very steady series
    does not make everything an anomaly.
    """

    reads: ClassVar[Source] = "metric"
    grains: ClassVar[tuple[Grain, ...]] = ("day", "week")
    compares: ClassVar[Grain] = "week"

    kind: Literal["anomaly"]
    direction: Literal["both", "up", "down"] = "both"
    value: Annotated[Number, Field(gt=0)]
    unit: Literal["deviations"]
    training_weeks: Annotated[int, Field(ge=4, le=SAME_WEEKDAYS_REACH)] = SAME_WEEKDAYS
    minimum_weeks: Annotated[int, Field(ge=4, le=SAME_WEEKDAYS_REACH)] = LEAST_SAME_WEEKDAYS
    least_spread: Annotated[Number, Field(gt=0)] = Decimal(5)
    minimum_effect: Effect

    def judge(self, value: Decimal, on: date, history: History, incident_days: Days) -> Judgement:
        """Judges the value of the period that begins `on`."""
        usual = same_weekdays(history, on, self.training_weeks, incident_days)
        if len(usual) < self.minimum_weeks:
            return unjudged(too_few(usual, self.minimum_weeks), value)
        expected = median(usual)
        margin = self.value * max(
            SIGMA * self._deviation(history, on, incident_days),
            abs(expected) * self.least_spread / 100,
        )
        is_up = value >= expected if self.direction == "both" else self.direction == "up"
        threshold = expected + margin if is_up else expected - margin
        is_beyond = value > threshold if is_up else value < threshold
        matters = abs(value - expected) >= self.minimum_effect
        return judged(is_beyond and matters, value, threshold, expected)

    def _deviation(self, history: History, on: date, without: Days) -> Decimal:
        """Median distance of the days in training from the median of their own weekday."""
        distances: list[Decimal] = []
        for offset in range(7):
            day = on + timedelta(days=offset)  # so that the last of its weekday is before `on`
            values = same_weekdays(history, day, self.training_weeks, without)
            if len(values) >= LEAST_SAME_WEEKDAYS:
                middle = median(values)
                distances += [abs(value - middle) for value in values]
        return median(distances)


class Forecast(Definition):
    """At the current pace a target will be missed at the end of the week or month.

    Of a count (`total: sum`) the pace is the median of the last 4 same weekdays for each day to
    come; of a level (`total: last`) the median daily step of the last 28 days (Theil and Sen).
    The judged value is the forecast. Nothing is said before `after_days` of the period.
    """

    reads: ClassVar[Source] = "metric"
    grains: ClassVar[tuple[Grain, ...]] = ("day",)
    compares: ClassVar[Grain] = "day"

    kind: Literal["forecast"]
    period: Literal["week", "month"] = "month"
    total: Literal["sum", "last"]
    target: Number
    op: Beyond
    value: Annotated[Number, Field(ge=0)] = Decimal(0)
    unit: Unit
    after_days: Annotated[int, Field(ge=1, le=28)] = 7
    minimum_effect: Effect

    def judge(self, value: Decimal, on: date, history: History, incident_days: Days) -> Judgement:
        """Judges where the period that `on` is in will end; `value` is that of the day `on`."""
        first, last = self._period(on)
        if (on - first).days + 1 < self.after_days:
            return unjudged("too early in the period", value)
        forecast = (
            self._sum(value, first, on, last, history, incident_days)
            if self.total == "sum"
            else self._level(value, on, last, history, incident_days)
        )
        if forecast is None:
            return unjudged("too little history for a pace", value)
        limit = self.value if self.op == ">" else -self.value
        change, scaled, threshold = difference_and_limit(forecast, self.target, limit, self.unit)
        matters = abs(forecast - self.target) >= self.minimum_effect
        return judged(
            COMPARE[self.op](change, scaled) and matters, forecast, threshold, self.target
        )

    def ends_on(self, on: date) -> date:
        """Last day of the period that `on` is in."""
        return self._period(on)[1]

    def _period(self, on: date) -> tuple[date, date]:
        if self.period == "week":
            first = on - timedelta(days=on.weekday())
            return first, first + timedelta(days=6)
        return on.replace(day=1), on.replace(day=monthrange(on.year, on.month)[1])

    def _sum(
        self, value: Decimal, first: date, on: date, last: date, history: History, without: Days
    ) -> Decimal | None:
        so_far = [first + timedelta(days=days) for days in range((on - first).days)]
        if any(day not in history for day in so_far):
            return None
        total = sum((history[day] for day in so_far), value)
        for days in range(1, (last - on).days + 1):
            usual = same_weekdays(history, on + timedelta(days=days), 4, without)
            if len(usual) < 2:
                return None
            total += median(usual)
        return total

    def _level(
        self, value: Decimal, on: date, last: date, history: History, without: Days
    ) -> Decimal | None:
        days = [on - timedelta(days=days) for days in range(28, 0, -1)]
        points = [(day, history[day]) for day in days if day in history and day not in without]
        if len(points) < 14:
            return None
        slope = median(
            (later - earlier) / (then - day).days
            for (day, earlier), (then, later) in combinations(points, 2)
        )
        return value + slope * (last - on).days

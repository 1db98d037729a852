"""The conditions of rules: one class a kind, each a declaration that can judge a value."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from monstera.alerts.conditions.base import (
    SAME_WEEKDAYS_REACH,
    Days,
    History,
    Judgement,
    Source,
    judged,
    unjudged,
)
from monstera.alerts.conditions.developments import Anomaly, BaselineShift, Forecast, Trend
from monstera.alerts.conditions.system import Check, Delivery, Freshness, Pipeline, Refusals
from monstera.alerts.conditions.values import Change, Threshold, Volume
from monstera.alerts.states import Outcome
from monstera.definitions import Grain
from monstera.definitions.model import Definition

OfMetric = Annotated[
    Threshold | Change | Volume | Trend | BaselineShift | Anomaly | Forecast,
    Field(discriminator="kind"),
]


class AnyOf(Definition):
    """One of several conditions on the same metric holds; the first that does says why."""

    kind: Literal["any"]
    of: Annotated[tuple[OfMetric, ...], Field(strict=False, min_length=2)]

    @model_validator(mode="after")
    def _looks_at_values_as_far_apart(self) -> Self:
        if len({part.compares for part in self.of if not is_free(part)}) > 1:
            raise ValueError("expected conditions that compare values as far apart as each other")
        return self

    @property
    def reads(self) -> Source:
        """What it looks at."""
        return "metric"

    @property
    def grains(self) -> tuple[Grain, ...]:
        """Grains of the metrics that all of them can judge."""
        first, *others = (part.grains for part in self.of)
        return tuple(grain for grain in first if all(grain in other for other in others))

    @property
    def compares(self) -> Grain:
        """How far apart the values are that it looks at together."""
        return next((part.compares for part in self.of if not is_free(part)), "day")

    def judge(self, value: Decimal, on: date, history: History, incident_days: Days) -> Judgement:
        """Judges the value of the period that begins `on`."""
        judgements = [
            part.judge(value, on, history, incident_days).of_part(number)
            for number, part in enumerate(self.of)
        ]
        for outcome in (Outcome.BREACH, Outcome.CLEAR):
            for judgement in judgements:
                if judgement.outcome is outcome:
                    return judgement
        return judgements[0]


OfSystem = Freshness | Pipeline | Check | Delivery | Refusals
SingleCondition = (
    Threshold | Change | Volume | Trend | BaselineShift | Anomaly | Forecast | OfSystem
)
Condition = Annotated[SingleCondition | AnyOf, Field(discriminator="kind")]


def is_free(condition: OfMetric) -> bool:
    """Whether a condition looks at one value only, however far it is from the next."""
    return isinstance(condition, Threshold) and condition.minimum_expected is None


__all__ = [
    "SAME_WEEKDAYS_REACH",
    "Anomaly",
    "AnyOf",
    "BaselineShift",
    "Change",
    "Check",
    "Condition",
    "Delivery",
    "Forecast",
    "Freshness",
    "History",
    "Judgement",
    "OfMetric",
    "OfSystem",
    "Pipeline",
    "Refusals",
    "SingleCondition",
    "Threshold",
    "Trend",
    "Volume",
    "judged",
    "unjudged",
]

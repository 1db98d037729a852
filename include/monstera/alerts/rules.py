"""Alert rules: what an entry of `alerts/*.yaml` may say, and how it judges a value."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, PrivateAttr, model_validator

from monstera.alerts.conditions import (
    AnyOf,
    Condition,
    History,
    Judgement,
    OfSystem,
    SingleCondition,
    unjudged,
)
from monstera.alerts.poisson import usual_counts
from monstera.alerts.states import Outcome, Patience, State
from monstera.definitions import Grain, Metric
from monstera.definitions.model import Count, Definition, Name, Names, Number, OneOrMore, Text
from monstera.notify.routing import Channels

Priority = Literal["P0", "P1", "P2", "P3"]
OnNoData = Literal["alert", "ok", "keep"]


def _states(names: tuple[str, ...]) -> tuple[str, ...]:
    known = [state.value for state in State]
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"expected states among {', '.join(known)}, found {', '.join(unknown)}")
    return names


class Segment(Definition):
    """Judges every segment of a metric for itself; those of fewer than `min_population` never."""

    by: Name
    min_population: Count = 0


class Window(Definition):
    """Judges a rate over more than one of its periods: numerators and denominators are added up.

    `grain: week` makes calendar weeks of days; `periods` that many periods up to the judged one.
    """

    grain: Literal["week"] | None = None
    periods: Annotated[int, Field(ge=1, le=13)] = 1

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if self.grain is None and self.periods == 1:
            raise ValueError("expected a grain or more than one of the periods")
        return self


class Escalation(Definition):
    """A limit further out, beyond which the alert has a higher priority."""

    value: Number
    priority: Priority


class Case(Definition):
    """A series of values and the state (and, where said, the priority) after each of them.

    A value that is null is missing. Values follow each other by what the condition compares:
    same weekdays a week apart, weeks, months or days. Those of `before` come first, as often as
    `times` says, and are not judged.
    """

    before: Annotated[tuple[Number, ...], Field(strict=False)] = ()
    times: Annotated[int, Field(ge=1, le=100)] = 1
    values: Annotated[tuple[Number | None, ...], Field(strict=False, min_length=1)]
    states: Annotated[tuple[str, ...], Field(strict=False), AfterValidator(_states)]
    priorities: Annotated[tuple[Priority | None, ...] | None, Field(strict=False)] = None

    @model_validator(mode="after")
    def _one_state_a_value(self) -> Self:
        for name in ("states", "priorities"):
            expected = getattr(self, name)
            if expected is not None and len(expected) != len(self.values):
                raise ValueError(
                    f"expected as many {name} as values, "
                    f"found {len(expected)} for {len(self.values)}"
                )
        return self


class Rule(Definition):
    """An entry of `alerts/*.yaml`: when to tell whom what.

    It reads one `metric`, or several `metrics`, each judged for itself with the label `metric`. A
    value of fewer than `min_population` people is never a breach; with `beyond_chance` a share is
    none whose people are as many as chance allows where the baseline holds. `for` and
    `keep_firing_for` count evaluations in a row: breaches before it fires, and others before it
    resolves.
    """

    id: Name
    priority: Priority
    description: Text | None = None
    metric: Name | None = None
    metrics: Names = ()
    window: Window | None = None
    min_population: Count = 0
    beyond_chance: bool = False
    segment: Segment | None = None
    condition: Condition
    escalate: Escalation | None = None
    for_: Annotated[OneOrMore, Field(alias="for")] = 1
    keep_firing_for: OneOrMore = 1
    no_data: OnNoData = "ok"
    owner: Text
    runbook: Text
    inhibited_by: Names = ()
    channels: Literal["default"] | Channels = "default"
    tests: Annotated[tuple[Case, ...], Field(strict=False)]

    _measured: dict[str, Metric] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _metric_where_one_is_read(self) -> Self:
        reads_metric = self.condition.reads == "metric"
        kind = self.condition.kind
        if reads_metric and not self.metric_ids:
            raise ValueError(f"a condition of kind {kind} needs a metric")
        if not reads_metric and (
            self.metric_ids or self.segment or self.window or self.min_population
        ):
            raise ValueError(f"a condition of kind {kind} has neither metric nor segment")
        if self.metric and self.metrics:
            raise ValueError("expected metric or metrics, found both")
        if self.escalate and not hasattr(self.condition, "value"):
            raise ValueError(f"a condition of kind {self.condition.kind} cannot escalate")
        return self

    @model_validator(mode="after")
    def _fires_and_does_not(self) -> Self:
        fires = [State.FIRING in case.states for case in self.tests]
        if not any(fires) or all(fires):
            raise ValueError("tests need one series that must fire and one that must not")
        return self

    def reading(self, metrics: Mapping[str, Metric]) -> Self:
        """The same rule, knowing the metrics that it names."""
        self._measured = {name: metrics[name] for name in self.metric_ids if name in metrics}
        return self

    @property
    def metric_ids(self) -> tuple[str, ...]:
        """Ids of the metrics that it reads."""
        return (self.metric,) if self.metric else self.metrics

    @property
    def is_of_clock(self) -> bool:
        """Whether it looks at the clock, and not at what was published."""
        return self.condition.reads in {"deliveries", "publications", "outbox", "audit_log"}

    @property
    def measured(self) -> tuple[Metric, ...]:
        """The metrics that it reads, as far as they are known."""
        return tuple(self._measured.values())

    def metric_of(self, labels: Mapping[str, str]) -> Metric:
        """The metric behind an alert with these labels, as it is judged.

        Raises:
            LookupError: it reads none, or nobody has told it which one.
        """
        name = self.metric or labels.get("metric", "")
        if name not in self._measured:
            raise LookupError(f"The rule {self.id} reads no metric {name} that is known.")
        return self.as_judged(self._measured[name])

    def speaks_of(self, labels: Mapping[str, str]) -> bool:
        """Whether an alert with these labels can be one of this rule, as it is declared now."""
        if isinstance(self.condition, OfSystem):
            return labels.keys() in self.condition.labels
        keys = {"metric"} if self.metrics else set()
        if self.segment is not None:
            keys.add(self.segment.by)
        return labels.keys() == keys and labels.get("metric", self.metric) in self._measured

    def grain_of(self, metric: Metric) -> Grain:
        """Length of the periods that it judges."""
        return self.window.grain if self.window and self.window.grain else metric.grain

    def as_judged(self, metric: Metric) -> Metric:
        """The metric, with the length of the periods that it judges."""
        return metric.model_copy(update={"grain": self.grain_of(metric)})

    def condition_of(self, facts: Mapping[str, Any]) -> SingleCondition:
        """The condition that an alert with these facts broke, where there are several."""
        if isinstance(self.condition, AnyOf):
            number: int = facts.get("condition", 0)
            return self.condition.of[number]
        return self.condition

    @property
    def least_population(self) -> int:
        """People that must be behind a value before it can breach."""
        return max(self.min_population, self.segment.min_population if self.segment else 0)

    @property
    def patience(self) -> Patience:
        """How often in a row something must be seen."""
        return Patience(self.for_, self.keep_firing_for, self.no_data == "keep")

    def judge(
        self,
        value: Decimal | None,
        on: date,
        history: History,
        *,
        incident_days: frozenset[date] = frozenset(),
        population: Decimal | None = None,
    ) -> tuple[Judgement, Priority]:
        """Judges a value (None: missing) of the period that begins `on`, and how much it matters.

        Args:
            history: values of earlier periods by their first day.
            incident_days: days of confirmed incidents, which are no part of what is usual.
            population: people behind the value; None: it does not count people.
        """
        if value is None:
            missing = unjudged("no value")
            if self.no_data == "alert":
                missing = Judgement(Outcome.BREACH, detail=missing.detail)
            return missing, self.priority
        if population is not None and population < self.least_population:
            return Judgement(Outcome.CLEAR, value, detail="too few people"), self.priority
        judgement = self.condition.judge(value, on, history, incident_days)
        if judgement.is_breach and self._is_chance(judgement, population):
            return judgement.within_chance(), self.priority
        if judgement.is_breach and self.escalate is not None:
            further = self.condition.model_copy(update={"value": self.escalate.value})
            if further.judge(value, on, history, incident_days).is_breach:
                return judgement, self.escalate.priority
        return judgement, self.priority

    def _is_chance(self, judgement: Judgement, population: Decimal | None) -> bool:
        """Whether so many or few people are usual where the baseline is what is expected."""
        if not self.beyond_chance or population is None:
            return False
        if judgement.value is None or judgement.baseline is None:
            return False
        least, most = usual_counts(float(judgement.baseline * population))
        return least <= judgement.value * population <= most

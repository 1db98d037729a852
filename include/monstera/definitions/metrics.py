"""What a metric may declare: an entry of `metrics/*.yaml`."""

from datetime import date as Date
from datetime import timedelta
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from monstera.definitions.model import (
    Definition,
    Name,
    Names,
    Number,
    OneDayOrMore,
    Text,
    Texts,
    _not_empty,
)

Grain = Literal["day", "week", "month"]
Scope = Literal["platform", "products"]
ALL = "all"
"""Segment key and value of a metric's total."""

ATTRIBUTES = ("country", "plan_type", "acquisition_source", "role", "signup_month")
"""What people are broken down by: their attributes as of the day."""

Segment = Literal[
    "country", "plan_type", "acquisition_source", "role", "signup_month", "product", "event_type"
]
NamesNotEmpty = Annotated[Names, AfterValidator(_not_empty)]


class StateCount(Definition):
    """Users in one of the states at the end of the day."""

    kind: Literal["state_count"]
    scope: Scope = "platform"
    states: NamesNotEmpty
    is_dunning: bool | None = None


class Flow(Definition):
    """Users who made one of the transitions in the period.

    `from` empty: from any state; `start` stands for none. With `members` only those count who were
    in one of these states at the end of the day before the period, and by their segment of then.
    """

    kind: Literal["flow"]
    scope: Scope = "platform"
    from_: Annotated[Names, Field(alias="from")] = ()
    to: NamesNotEmpty
    members: Names = ()


class DistinctActive(Definition):
    """Users with a qualifying event.

    With `window_days`: in the trailing window of so many dates, at the end of the day. Without: in
    the calendar period; `status` then tells them by what they did before it. `gained` are `new` and
    `resurrected`; `churned` are those of the period before who are not there now.
    """

    kind: Literal["distinct_active"]
    scope: Scope = "platform"
    window_days: OneDayOrMore | None = None
    status: Literal["any", "new", "retained", "resurrected", "gained", "churned"] = "any"

    @model_validator(mode="after")
    def _status_of_a_period(self) -> Self:
        if self.window_days and self.status != "any":
            raise ValueError("a trailing window has no status: leave window_days or status out")
        return self


class Sum(Definition):
    """Accepted events of the day; `event_types` empty: of all types."""

    kind: Literal["sum"]
    event_types: Names = ()


class Ratio(Definition):
    """One metric through another.

    The denominator is that of the same period, that at its `start` (the end of the day before it)
    or that of the `previous_period`.
    """

    kind: Literal["ratio"]
    numerator: Name
    denominator: Name
    denominator_at: Literal["period", "start", "previous_period"] = "period"


class Duration(Definition):
    """Days until the transitions of the period: since the state was entered (`state`), or since the
    first qualifying event of the life (`first_activity`); or from first access of a product until
    its activation (`access`).
    """

    kind: Literal["duration"]
    scope: Scope = "platform"
    since: Literal["state", "first_activity", "access"] = "state"
    from_: Annotated[Names, Field(alias="from")] = ()
    to: Names = ()
    statistic: Literal["mean", "median"] = "mean"


class Cohort(Definition):
    """Share of those who entered in the period with a qualifying event so many days later.

    Entered: signed up, reactivated, or returned (which includes reactivated). The event counts
    `within` the days after the entry, `on_day` exactly, or `from_day` on, without an end.
    """

    kind: Literal["cohort"]
    entered: Literal["signed_up", "reactivated", "returned"] = "signed_up"
    active: Literal["within", "on_day", "from_day"]
    days: OneDayOrMore


class Stage(Definition):
    """A stage of a funnel: one of the event types."""

    name: Text
    event_types: NamesNotEmpty


class Funnel(Definition):
    """Share of those who reached a stage that reached the next one, in order and in time.

    Everybody who had an event of the first stage in the period counts from the first such event;
    later stages follow each other within `window_days` of it. `step` is the stage arrived at,
    counted from 2; the value belongs to the period of the first stage.
    """

    kind: Literal["funnel"]
    stages: Annotated[tuple[Stage, ...], Field(strict=False, min_length=2)]
    window_days: OneDayOrMore
    step: Annotated[int, Field(ge=2)]

    @model_validator(mode="after")
    def _step_is_a_stage(self) -> Self:
        if self.step > len(self.stages):
            raise ValueError(f"expected a step up to {len(self.stages)}, found {self.step}")
        return self


class Sql(Definition):
    """The escape: the file `sql/metrics/<id>.sql`, outside the cost promise.

    It selects `date`, `segment_key`, `segment_value`, `value`, `numerator`, `denominator`.
    """

    kind: Literal["sql"]


Formula = Annotated[
    StateCount | Flow | DistinctActive | Sum | Ratio | Duration | Cohort | Funnel | Sql,
    Field(discriminator="kind"),
]

SOURCES = {
    "state_count": ("silver.user_state_spans", "silver.user_attributes"),
    "flow": ("silver.user_state_transitions", "silver.user_attributes"),
    "distinct_active": ("silver.user_daily_activity", "silver.user_attributes"),
    "sum": ("gold.events_daily",),
    "ratio": ("gold.metric_values",),
    "duration": ("silver.user_state_transitions", "silver.user_attributes"),
    "cohort": ("silver.user_lives", "silver.user_daily_activity", "silver.user_attributes"),
    "funnel": ("bronze.events", "silver.user_attributes"),
    "sql": (),
}  # fmt: skip
"""What the SQL of each kind reads."""

STATUSES = ("proposed", "technical_review", "standards_review", "approved", "retired")


class Owners(Definition):
    """Who answers for a metric, and who stands in for them."""

    business: Text
    technical: Text
    dashboard: Text
    backup: Text


class Approval(Definition):
    """A step of the approval of a metric."""

    status: Literal["proposed", "technical_review", "standards_review", "approved", "retired"]
    date: Date
    by: Name
    note: Text | None = None


class Target(Definition):
    """What the metric should reach."""

    op: Literal[">", ">=", "<", "<=", "="]
    value: Number
    note: Text | None = None


Unit = Literal[
    "share",
    "ratio",
    "users",
    "accounts",
    "events",
    "money",
    "days",
    "hours",
    "checks",
    "rows",
    "minutes",
    "values",
]


class Metric(Definition):
    """An entry of `metrics/*.yaml`: what it says, how it is computed, who answers for it.

    Attributes:
        unit: `share` for fractions from 0 to 1, `money` in the reporting currency, else what is
            counted.
        grain: length of the period that a value stands for.
        segments: what it is broken down by beside the total; of products alone where it counts
            by product.
        direction: which way is good news.
        domain: page and table of its area, e.g. `product`.
    """

    id: Name
    name: Text
    description: Text
    purpose: Text
    category: Literal["activity", "engagement", "outcome"]
    domain: Name = "product"
    formula: Formula
    unit: Unit
    grain: Grain
    segments: Annotated[tuple[Segment, ...], Field(strict=False)] = ()
    sources: Texts = ()
    update_frequency: Text = "daily"
    latency: Text = "published after the end of the business day"
    importance_tier: Literal["tier_1", "tier_2", "tier_3"] = "tier_3"
    owners: Owners
    limitations: Text | None = None
    target: Target | None = None
    direction: Literal["up", "down", "neutral"]
    approval: Annotated[tuple[Approval, ...], Field(strict=False), AfterValidator(_not_empty)]
    modified_on: Date | None = None

    @model_validator(mode="before")
    @classmethod
    def _sources_of_the_kind(cls, data: Any) -> Any:
        if not isinstance(data, dict) or data.get("sources"):
            return data
        formula = data.get("formula")
        kind = formula.get("kind") if isinstance(formula, dict) else None
        return {**data, "sources": SOURCES.get(str(kind), ())}

    @model_validator(mode="after")
    def _approval_goes_forward(self) -> Self:
        steps = [(STATUSES.index(step.status), step.date) for step in self.approval]
        for (before, earlier), (after, later) in pairwise(steps):
            if after <= before or later < earlier:
                raise ValueError(f"expected approval in the order {', '.join(STATUSES)}")
        return self

    @property
    def status(self) -> str:
        """How far its approval is."""
        return self.approval[-1].status

    @property
    def created_on(self) -> Date:
        """Day on which it was proposed, or entered the log."""
        return self.approval[0].date

    @property
    def entity(self) -> str:
        """What it counts: the first word of its name, e.g. `users`."""
        return self.name.split()[0].lower()

    @property
    def matures_after_days(self) -> int:
        """Days after the end of a period before its value is known."""
        if isinstance(self.formula, Cohort):
            return self.formula.days
        return self.formula.window_days if isinstance(self.formula, Funnel) else 0

    def newest_period(self, as_of: Date) -> Date:
        """First day of the newest period whose value is known at the end of `as_of`."""
        day = as_of - timedelta(days=self.matures_after_days)
        if self.grain == "day":
            return day
        if self.grain == "week":
            return day - timedelta(days=(day.weekday() + 1) % 7 + 6)
        next_day = day + timedelta(days=1)
        return (next_day.replace(day=1) - timedelta(days=1)).replace(day=1)

    def known_from(self, period: Date) -> Date:
        """Day at whose end the value of a period is known."""
        if self.grain == "day":
            end = period
        elif self.grain == "week":
            end = period + timedelta(days=6)
        else:
            end = (period + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return end + timedelta(days=self.matures_after_days)

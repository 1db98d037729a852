"""What a metric may declare: an entry of `metrics/*.yaml`."""

from datetime import date as Date
from datetime import timedelta
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from monstera.definitions.formulas import SOURCES, Cohort, Formula, ProductCohort, Session
from monstera.definitions.journey_formulas import Funnel
from monstera.definitions.model import Definition, Name, Number, Text, Texts, not_empty

Grain = Literal["day", "week", "month"]
ALL = "all"
"""Segment key and value of a metric's total."""

ATTRIBUTES = ("country", "plan_type", "acquisition_source", "role", "signup_month")
"""What people are broken down by: their attributes as of the day."""

ACCOUNT_ATTRIBUTES = ("tier", "state", "signup_month", "country", "industry")
"""What accounts are broken down by; `signup_month` is that of their creation."""

ACCOUNT_ORIGINS = ("signup_plan", "acquisition_source", "first_product")
"""How accounts came: plan and channel of the first member's signup, the first product of theirs."""

Segment = Literal[
    "country", "plan_type", "acquisition_source", "role", "signup_month", "product", "feature",
    "event_type", "tier", "state", "industry", "rule", "first_product", "location",
    "signup_plan", "reason",
    "engagement_intensity", "value_realization", "product_breadth", "journey_stage",
    "feature_adoption", "collaboration_type", "temporal_pattern", "composite_segment",
    "memberships",
]  # fmt: skip

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
    "calls",
    "sessions",
    "organizations",
    "payments",
    "points",
    "money",
    "milliseconds",
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
        no_alert_because: of tier 1, why no alert rule reads it.
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
    no_alert_because: Text | None = None
    target: Target | None = None
    direction: Literal["up", "down", "neutral"]
    approval: Annotated[tuple[Approval, ...], Field(strict=False), AfterValidator(not_empty)]
    modified_on: Date | None = None

    @model_validator(mode="before")
    @classmethod
    def _sources_of_the_kind(cls, data: Any) -> Any:
        if not isinstance(data, dict) or data.get("sources"):
            return data
        formula = data.get("formula")
        formula = formula if isinstance(formula, dict) else {}
        if formula.get("kind") == "feed":
            return {**data, "sources": (f"bronze.{formula.get('feed')}",)}
        return {**data, "sources": SOURCES.get(str(formula.get("kind")), ())}

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

    def newest_period(self, as_of: Date) -> Date:
        """First day of the newest period whose value is known at the end of `as_of`."""
        period = period_of(self.grain, as_of)
        while self.known_from(period) > as_of:
            period = period_of(self.grain, period - timedelta(days=1))
        return period

    def known_from(self, period: Date) -> Date:
        """Day at whose end the value of a period is known."""
        days = 0
        if isinstance(self.formula, Cohort | ProductCohort):
            for _ in range(self.formula.periods or 0):
                period = _period_after(self.grain, period)
        if isinstance(self.formula, Cohort):
            days = self.formula.days or 0
        if isinstance(self.formula, Funnel):
            days = self.formula.window_days or 0
        if isinstance(self.formula, Session):
            days = int(self.formula.statistic in {"mean_minutes", "median_minutes"})
        return _period_after(self.grain, period) + timedelta(days=days - 1)


def period_of(grain: Grain, day: Date) -> Date:
    """First day of the day, calendar week or month in which a day lies."""
    if grain == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if grain == "month" else day


def _period_after(grain: Grain, period: Date) -> Date:
    return period_of(grain, period + timedelta(days={"day": 1, "week": 7, "month": 31}[grain]))

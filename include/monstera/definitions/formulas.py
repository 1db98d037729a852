"""How a metric is computed: the kinds of formulas and their parameters."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from monstera.definitions.account_formulas import AccountCount, AccountFlow, AccountRevenue
from monstera.definitions.events import Category
from monstera.definitions.journey_formulas import Funnel, TimeToValue
from monstera.definitions.model import Definition, Name, Names, OneDayOrMore, Texts, not_empty

Scope = Literal["platform", "products"]
NamesNotEmpty = Annotated[Names, AfterValidator(not_empty)]


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
    With `reasons` only those count whose event says one of them in its metadata.
    """

    kind: Literal["flow"]
    scope: Scope = "platform"
    from_: Annotated[Names, Field(alias="from")] = ()
    to: NamesNotEmpty
    members: Names = ()
    reasons: Texts = ()


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
    """Accepted events of the day; `event_types` and `categories` empty: of all.

    With `failed` only those that say so: outcomes with `failed: true`, abandonments with an error.
    With `so_far` all of them up to the end of the day.
    """

    kind: Literal["sum"]
    event_types: Names = ()
    categories: Annotated[tuple[Category, ...], Field(strict=False)] = ()
    failed: bool = False
    so_far: bool = False


class FeedColumn(Definition):
    """Rows of a feed by the business day of the column `at`: their number, or of a column the sum,
    the mean or a percentile.

    With `currency`, the column that names it, amounts are converted to the reporting currency. `by`
    names the column of each segment; where a row has nothing there it is `unknown`. A feed has
    values from its first row to its newest delivery, and none while it is not connected.
    """

    kind: Literal["feed"]
    feed: Name
    at: Name
    column: Name | None = None
    currency: Name | None = None
    statistic: Literal["count", "sum", "mean", "median", "p95"]
    by: Annotated[dict[Name, Name], Field(default_factory=dict)]

    @model_validator(mode="after")
    def _column_to_measure(self) -> Self:
        if (self.statistic == "count") != (self.column is None):
            raise ValueError("expected a column for every statistic but count, and none for it")
        return self


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
    `within` the days after the entry, `on_day` exactly, or `from_day` on, without an end; or in the
    calendar period of the metric's grain that is so many `periods` after that of the entry
    (`in_period`), or in it or later (`from_period`).
    """

    kind: Literal["cohort"]
    entered: Literal["signed_up", "reactivated", "returned"] = "signed_up"
    active: Literal["within", "on_day", "from_day", "in_period", "from_period"]
    days: OneDayOrMore | None = None
    periods: OneDayOrMore | None = None

    @model_validator(mode="after")
    def _days_or_periods(self) -> Self:
        by_periods = self.active in {"in_period", "from_period"}
        if bool(self.periods) != by_periods or bool(self.days) == by_periods:
            raise ValueError("expected periods for in_period and from_period, and days otherwise")
        return self


class ProductCohort(Definition):
    """Share of those who first came to a product in the period, in their first life, with a
    qualifying event in it in the calendar period of the metric's grain so many `periods` later.
    """

    kind: Literal["product_cohort"]
    scope: Literal["products"] = "products"
    periods: OneDayOrMore


class Session(Definition):
    """Sessions of users by the day they begin on: their number, their length in minutes, or by
    segment their share.

    A session is what carries one session id without a day between, else a stretch without a gap of
    30 minutes. Since it may go on over midnight, its length is known a day later, up to the end of
    that day.
    """

    kind: Literal["session"]
    statistic: Literal["count", "mean_minutes", "median_minutes", "share"] = "count"


class Sql(Definition):
    """The escape, outside the cost promise: the file `sql/metrics/<file>.sql`, by default the id.

    It selects `date`, `segment_key`, `segment_value`, `value`, `numerator`, `denominator`, for
    periods of the length `:grain`.
    """

    kind: Literal["sql"]
    file: Name | None = None


class SegmentFormula(Definition):
    """Users by segment: how many are in each at the end of the day (`users`).

    Of those in a segment at the start of a week or month, once it is over: the share with a
    qualifying event in it (`retained`), or who churned in it (`churned`), or who are in each value
    at its end (`moved`), or in a higher one than before (`climbed`). `recurring_revenue`: that of
    the accounts at the end of the period, shared equally by their living members.
    """

    kind: Literal["segment"]
    measure: Literal["users", "retained", "churned", "moved", "climbed", "recurring_revenue"]


class Adoption(Definition):
    """Of the users active in the 30 dates up to the day, the share that used each product or
    feature: ever, or with `window_days` in so many dates up to the day.
    """

    kind: Literal["adoption"]
    of: Literal["products", "features"]
    window_days: OneDayOrMore | None = None

    @property
    def segment(self) -> str:
        """What it is broken down by, and never added up."""
        return self.of.removesuffix("s")


Formula = Annotated[
    StateCount
    | Adoption
    | Flow
    | DistinctActive
    | Sum
    | FeedColumn
    | Ratio
    | Duration
    | Cohort
    | ProductCohort
    | Funnel
    | Session
    | TimeToValue
    | AccountCount
    | AccountFlow
    | AccountRevenue
    | SegmentFormula
    | Sql,
    Field(discriminator="kind"),
]

SOURCES: dict[str, tuple[str, ...]] = {
    "state_count": ("silver.user_state_spans", "silver.user_attributes"),
    "flow": ("silver.user_state_transitions", "silver.user_attributes"),
    "distinct_active": ("silver.user_daily_activity", "silver.user_attributes"),
    "sum": ("gold.events_daily",),
    "ratio": ("gold.metric_values",),
    "duration": ("silver.user_state_transitions", "silver.user_attributes"),
    "cohort": ("silver.user_lives", "silver.user_daily_activity", "silver.user_attributes"),
    "product_cohort": ("silver.user_lives", "silver.user_state_transitions",
                       "silver.user_daily_activity"),
    "funnel": ("silver.user_lives", "bronze.events", "silver.user_attributes",
               "silver.account_mrr_movements"),
    "account_count": ("silver.account_days", "silver.account_fact_spans", "silver.account_health"),
    "account_flow": ("silver.account_state_transitions", "silver.account_days"),
    "account_revenue": ("silver.account_days", "silver.account_mrr_movements"),
    "segment": ("silver.user_segment_spans", "silver.user_state_spans", "silver.account_days"),
    "adoption": ("silver.user_daily_activity", "silver.user_states",
                 "silver.user_state_transitions", "silver.user_feature_days",
                 "silver.user_feature_adoptions"),
    "session": ("bronze.events", "silver.user_attributes"),
    "time_to_value": ("silver.user_lives", "silver.user_daily_activity", "bronze.events"),
    "sql": (),
}  # fmt: skip
"""What the SQL of each kind reads."""

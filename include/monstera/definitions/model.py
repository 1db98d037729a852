"""What can be defined, each kind of thing as one model.

Unknown keys are errors, `key:` without a value means that the key is absent, and nothing is
converted silently: `"30"` is not 30.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self, TypeVar
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    model_validator,
)

Item = TypeVar("Item")

SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
PLATFORM = "platform"
MAX_DAYS = 36_500

ALWAYS_ALLOWED_METADATA = ("product_id", "project_id", "account_id", "feature_id")
"""Ids that every event may carry in its metadata, declared or not."""


def _snake_case(name: str) -> str:
    if not SNAKE_CASE.fullmatch(name):
        raise ValueError(f"expected a snake_case name such as video_created, found {name!r}")
    return name


def _time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"expected an IANA time zone such as Europe/Berlin, found {name!r}")
    return name


def _decimal(value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return Decimal(str(value)) if is_number else value


def _currency(code: str) -> str:
    if not re.fullmatch("[A-Z]{3}", code):
        raise ValueError(f"expected a currency code such as USD, found {code!r}")
    return code


def _not_empty(items: tuple[Item, ...]) -> tuple[Item, ...]:
    if not items:
        raise ValueError("expected at least one, found none")
    return items


def _without_repetition(names: tuple[str, ...]) -> tuple[str, ...]:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"expected each name once, found {', '.join(repeated)} twice")
    return names


Name = Annotated[str, AfterValidator(_snake_case)]
Text = Annotated[str, Field(min_length=1)]
Names = Annotated[tuple[Name, ...], Field(strict=False), AfterValidator(_without_repetition)]
Texts = Annotated[tuple[Text, ...], Field(strict=False), AfterValidator(_without_repetition)]
Days = Annotated[int, Field(ge=0, le=MAX_DAYS)]
OneDayOrMore = Annotated[int, Field(ge=1, le=MAX_DAYS)]
Number = Annotated[Decimal, BeforeValidator(_decimal), Field(allow_inf_nan=False)]
Share = Annotated[Number, Field(ge=0, le=1)]


class Definition(BaseModel):
    """What all definitions have in common."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _empty_is_absent(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {key: value for key, value in data.items() if value is not None}


class Extensible(Definition):
    """A definition of a kind of which some are built in."""

    _is_built_in: bool = PrivateAttr(default=False)

    @property
    def is_built_in(self) -> bool:
        """Whether it is there whatever the folder holds."""
        return self._is_built_in

    def as_built_in(self) -> Self:
        """The same, marked as built in."""
        copy = self.model_copy()
        copy._is_built_in = True
        return copy


class Thresholds(Definition):
    """Days that decide the states of one scope, all of them known."""

    new_days: Days = 30
    active_days: OneDayOrMore = 30
    churn_days: OneDayOrMore = 60


class Lifecycle(Thresholds):
    """`lifecycle.yaml`: the business day and the platform's thresholds, in days.

    `support_minimum_users` must stand behind a number across products; with fewer it is null.
    """

    business_time_zone: Annotated[str, AfterValidator(_time_zone)] = "UTC"
    grace_days: Days = 7
    max_event_age_days: OneDayOrMore = 730
    support_minimum_users: Annotated[int, Field(ge=1)] = 10

    @model_validator(mode="after")
    def _in_bounds(self) -> Self:
        if self.active_days > self.churn_days:
            raise ValueError(
                f"expected active_days <= churn_days, found {self.active_days} > {self.churn_days}"
            )
        return self


class StateTimeThresholds(Definition):
    """A product's own thresholds in days; those that are None are the platform's."""

    new_days: Days | None = None
    active_days: OneDayOrMore | None = None
    churn_days: OneDayOrMore | None = None


class ActivationPath(Definition):
    """Event types that must all occur within `timeframe_days` of first access."""

    events: Annotated[Names, AfterValidator(_not_empty)]
    timeframe_days: Days


class Product(Definition):
    """An entry of `products/*.yaml`: a product, a feature of one, or a sub-feature of a feature."""

    id: Name
    name: Text
    kind: Literal["product", "feature", "sub_feature"] = "product"
    parent: Name | None = None
    family: Name | None = None
    tier: Text | None = None
    owner: Text | None = None
    description: Text | None = None
    is_active: bool = True
    is_advanced: bool = False
    state_time_thresholds: StateTimeThresholds = StateTimeThresholds()
    activation_definition: Annotated[tuple[ActivationPath, ...], Field(strict=False)] = ()


FieldType = Literal[
    "string", "integer", "number", "boolean", "timestamp", "date", "array", "object"
]
FIELD_TYPE_SYNONYMS = {
    "str": "string",
    "text": "string",
    "int": "integer",
    "float": "number",
    "decimal": "number",
    "numeric": "number",
    "bool": "boolean",
    "datetime": "timestamp",
    "list": "array",
    "dict": "object",
}


def _canonical_type(name: Any) -> Any:
    return FIELD_TYPE_SYNONYMS.get(name, name) if isinstance(name, str) else name


AnyFieldType = Annotated[FieldType, BeforeValidator(_canonical_type)]


class MetadataField(Definition):
    """A metadata key that may be stored; `pseudonym`: its value is an id and stored as its token.

    `since` is the schema version that brought it.
    """

    type: AnyFieldType
    required: bool = False
    pseudonym: bool = False
    since: Annotated[int, Field(ge=1)] = 1
    description: Text | None = None


Operator = Literal["=", "!=", ">", ">=", "<", "<="]
CONDITION = re.compile(r"\s*(?P<key>\w+)\s*(?P<operator>==|!=|>=|<=|=|>|<)\s*(?P<value>\S.*?)\s*")


class QualifiesWhen(Definition):
    """A comparison with one metadata key, written `duration_seconds > 300`."""

    key: Text
    operator: Operator
    value: bool | int | float | str

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:
        if not isinstance(data, str):
            return data
        match = CONDITION.fullmatch(data)
        if match is None:
            raise ValueError(
                f"expected a comparison such as duration_seconds > 300, found {data!r}"
            )
        parts = match.groupdict()
        operator = "=" if parts["operator"] == "==" else parts["operator"]
        return {"key": parts["key"], "operator": operator, "value": _literal(parts["value"])}


def _literal(text: str) -> bool | int | float | str:
    if text in {"true", "false"}:
        return text == "true"
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


Category = Literal[
    "adoption", "core_action", "engagement", "outcome", "abandonment",
    "lifecycle", "billing", "system",
]  # fmt: skip


class EventType(Extensible):
    """An entry of `events/*.yaml`, or a built-in event type.

    `product` None: an event takes its product from `metadata.product_id`, or has none.
    """

    event_type: Name
    is_qualifying: bool
    product: Name | None = None
    feature: Name | None = None
    category: Category
    is_activation: bool = False
    is_unique: bool = False
    passive: bool = False
    qualifies_when: QualifiesWhen | None = None
    depends_on: Names = ()
    metadata: dict[Text, MetadataField] = {}
    schema_versions: Annotated[
        tuple[Annotated[int, Field(ge=1)], ...], Field(strict=False), AfterValidator(_not_empty)
    ] = (1,)
    aliases: Texts = ()
    owner: Text | None = None
    status: Literal["planned", "live", "retired"] = "live"
    description: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _default_category(cls, data: Any) -> Any:
        if not isinstance(data, dict) or data.get("category") is not None:
            return data
        return {**data, "category": "core_action" if data.get("is_qualifying") else "engagement"}


class Column(Definition):
    """A column of a feed; `pseudonym`: its value is an id and stored as its token."""

    type: AnyFieldType
    required: bool = False
    pseudonym: bool = False
    description: Text | None = None


class Feed(Extensible):
    """An entry of `feeds/*.yaml`: a folder of the landing zone that becomes a table.

    `key` names the columns that identify a row. With `success_marker`, a day's files are taken up
    once `_SUCCESS` lies beside them. With `display_names`, the accounts' names are kept, apart.
    """

    id: Name
    key: Names = ()
    columns: dict[Name, Column] = {}
    success_marker: bool = False
    display_names: bool = False
    owner: Text | None = None
    description: Text | None = None


class DatedRate(Definition):
    """What one unit of a currency is worth in the reporting currency, from a date on."""

    valid_from: date
    rate: Annotated[Number, Field(gt=0)]


BEGINNING = date(1990, 1, 1)


def _dated_rates(value: Any) -> Any:
    """`1.08`, or `{2026-01-01: 1.08, 2026-07-01: 1.10}`; the first holds before its date too."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return ({"valid_from": BEGINNING, "rate": value},)
    if isinstance(value, dict):
        days = [_date(day) for day in value]
        first = min(days, default=BEGINNING)
        return tuple(
            {"valid_from": BEGINNING if day == first else day, "rate": rate}
            for day, rate in sorted(
                zip(days, value.values(), strict=True), key=lambda pair: pair[0]
            )
        )
    raise ValueError(f"expected a number, or dates with numbers, found {value!r}")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"expected a date such as 2026-01-31, found {text!r}") from None


DatedRates = Annotated[
    tuple[DatedRate, ...],
    BeforeValidator(_dated_rates),
    Field(strict=False),
    AfterValidator(_not_empty),
]
Currency = Annotated[str, AfterValidator(_currency)]


class AccountThresholds(Definition):
    """Thresholds of the account states: `…_days` in days, shares and ratios as fractions.

    A signal begins below or above its `…_enter` and ends at its `…_exit`.
    """

    window_days: OneDayOrMore = 30
    trial_days: Days = 30
    lapse_days: Days = 60
    new_paid_days: Days = 90
    reactivated_days: Days = 90
    signals_after_days: Days = 30
    usage_signals_after_days: Days = 60
    low_utilization_enter: Share = Decimal("0.30")
    low_utilization_exit: Share = Decimal("0.40")
    declining_activity_enter: Share = Decimal("0.5")
    declining_activity_exit: Share = Decimal("0.75")
    usage_growth_enter: Annotated[Number, Field(ge=1)] = Decimal("1.5")
    usage_growth_exit: Annotated[Number, Field(ge=1)] = Decimal("1.25")
    usage_minimum_events: Days = 20
    key_user_silent_days: Days = 30
    renewal_ahead_days: Days = 30
    renewal_utilization: Share = Decimal("0.40")
    support_issue_open_days: Days = 3
    survey_days: OneDayOrMore = 90

    @model_validator(mode="after")
    def _hysteresis(self) -> Self:
        for below, above in (
            ("low_utilization_enter", "low_utilization_exit"),
            ("declining_activity_enter", "declining_activity_exit"),
            ("usage_growth_exit", "usage_growth_enter"),
        ):
            if getattr(self, below) > getattr(self, above):
                raise ValueError(
                    f"expected {below} <= {above}, "
                    f"found {getattr(self, below)} > {getattr(self, above)}"
                )
        return self


HealthInput = Literal[
    "seat_utilization", "product_breadth", "products_per_seat", "feature_adoption",
    "events_per_active_seat", "events_per_seat", "admin_silent_days", "power_users_kept",
    "new_users_activated", "seats_kept", "seat_growth", "product_growth", "usage_growth",
    "urgent_ticket_days", "nps", "csat", "contract_standing",
]  # fmt: skip
"""What the health of an account can be measured by; `built_in/health_models.yaml` explains each."""


def _apart(scale: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
    if len(scale) != 2 or scale[0] == scale[1]:
        raise ValueError(
            "expected two different values: the one that counts 0, the one that is full"
        )
    return scale


Scale = Annotated[tuple[Number, ...], Field(strict=False), AfterValidator(_apart)]


class HealthComponent(Definition):
    """A component of a health score and its weight against the others.

    It is the mean of its inputs, each counting from 0 at the first of its two values to 100 at the
    second. Without inputs: those of the component of that name in the models that ship.
    """

    weight: Annotated[Number, Field(gt=0)]
    inputs: dict[HealthInput, Scale] = {}
    description: Text | None = None


class HealthModel(Definition):
    """A health score from 0 to 100: the weighted mean of its components."""

    description: Text | None = None
    components: Annotated[dict[Name, HealthComponent], Field(min_length=1)]


class Accounts(Definition):
    """`accounts.yaml`: tiers from lowest to highest, thresholds, rates and health models."""

    tiers: Texts = ()
    reporting_currency: Currency = "USD"
    currency_rates: dict[Currency, DatedRates] = {}
    thresholds: AccountThresholds = AccountThresholds()
    health_model: Name = "five_signals"
    health_models: dict[Name, HealthModel] = {}

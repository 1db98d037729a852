"""`accounts.yaml`: tiers, currencies, the thresholds of account states, health models."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from monstera.definitions.model import (
    Days,
    Definition,
    Name,
    Number,
    OneDayOrMore,
    Share,
    Text,
    Texts,
    not_empty,
)


def _currency(code: str) -> str:
    if not re.fullmatch("[A-Z]{3}", code):
        raise ValueError(f"expected a currency code such as USD, found {code!r}")
    return code


class DatedRate(Definition):
    """What one unit of a currency is worth in the reporting currency, from a date on."""

    valid_from: date
    rate: Annotated[Number, Field(gt=0)]


BEGINNING = date(1969, 12, 31)


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
    AfterValidator(not_empty),
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
    inputs: dict[HealthInput, Scale] = Field(default_factory=dict)
    description: Text | None = None


class HealthModel(Definition):
    """A health score from 0 to 100: the weighted mean of its components."""

    description: Text | None = None
    components: Annotated[dict[Name, HealthComponent], Field(min_length=1)]


class Accounts(Definition):
    """`accounts.yaml`: tiers from lowest to highest, thresholds, rates and health models."""

    tiers: Texts = ()
    reporting_currency: Currency = "USD"
    currency_rates: dict[Currency, DatedRates] = Field(default_factory=dict)
    thresholds: AccountThresholds = AccountThresholds()
    health_model: Name = "five_signals"
    health_models: dict[Name, HealthModel] = Field(default_factory=dict)

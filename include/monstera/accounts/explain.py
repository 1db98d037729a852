"""Why an account is in a state on a day: the numbers that decide it, and a sentence about them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from monstera.lifecycle.explain import (
    Facts,
    NoStateThatDay,
    Publication,
    UnknownUser,
    as_published,
    rows,
)
from monstera.warehouse import Warehouse


class UnknownAccount(UnknownUser):
    """No published state knows the account."""


class AccountDay(Facts):
    """State and numbers of a day; `…_before` is a window of days ago, or at the start if later."""

    state: str
    state_reason: str | None
    frozen_type: str | None
    risk_signals: tuple[str, ...]
    state_since: datetime
    created_at: datetime
    trial_ends_on: date
    is_subscribed: bool
    is_dunning: bool
    subscribed_on: date | None
    days_subscribed: int | None
    ended_on: date | None
    days_since_end: int | None
    first_paid_on: date | None
    tier: str | None
    tier_rank: int | None
    tier_rank_before: int | None
    total_seats: int | None
    seats_before: int | None
    monthly_recurring_revenue: Decimal
    mrr_before: Decimal | None
    currency: str
    rate: Decimal | None
    renewal_on: date | None
    days_to_renewal: int | None
    active_seats: int
    seat_utilization: Decimal | None
    events_30: int
    events_prior_30: int
    usage_is_up: bool
    products_active: tuple[str, ...]
    products_before: int
    primary_admin_user_id: UUID | None
    admin_silent_days: int | None
    urgent_ticket_since: date | None
    health_model: str | None
    health_score: Decimal | None
    health_band: str | None
    health_score_components: dict[str, Any] | None


class AccountFact(Facts):
    """Something that happened to the account; the event is null where the feed says it."""

    kind: str
    acts_on: date
    acts_at: datetime
    event_id: UUID | None
    terms: dict[str, Any]


class AccountStep(Facts):
    """One step of the log."""

    transition_on: date
    seq: int
    from_state: str | None
    to_state: str
    transition_timestamp: datetime
    days_in_previous_state: int | None
    transition_reason: str
    triggering_event_id: UUID | None
    mrr_change: Decimal
    seat_change: int


class AccountExplanation(Facts):
    """Everything that decides an account's state at the end of `date`."""

    account_id: UUID
    date: date
    publication: Publication
    day: AccountDay
    facts: tuple[AccountFact, ...]
    transitions: tuple[AccountStep, ...]
    reason: str


def explain_account(
    warehouse: Warehouse, account_id: UUID, day: date | None = None
) -> AccountExplanation:
    """Explains the state of an account at the end of `day`, by default of the published date.

    Raises:
        UnknownAccount: nothing published knows the account.
        UnknownUser: nothing is published.
        NoStateThatDay: the day lies before the creation or after the published date.
    """
    with as_published(warehouse, day) as (connection, publication):
        day = day or publication.as_of
        about = {"account_id": account_id, "day": day}
        creation = rows(connection, "account_creation", about)
        if not creation:
            raise UnknownAccount(f"No published account has the pseudonym {account_id}.")
        days = rows(connection, "account_day", about)
        if not days:
            created_on = creation[0]["created_on"]
            raise NoStateThatDay(f"The account was created on {created_on}: no state on {day}.")
        (settings,) = rows(connection, "account_settings", {})
        facts = rows(connection, "account_facts", about)
        transitions = rows(connection, "account_transitions", about)
    state = AccountDay.model_validate(days[0])
    return AccountExplanation(
        account_id=account_id,
        date=day,
        publication=publication,
        day=state,
        facts=tuple(AccountFact.model_validate(fact) for fact in facts),
        transitions=tuple(AccountStep.model_validate(step) for step in transitions),
        reason=_reason(state, settings),
    )


def _reason(day: AccountDay, settings: dict[str, Any]) -> str:
    """One sentence that says what made the state."""
    match day.state:
        case "deleted":
            why = "the account was deleted"
        case "frozen" if day.frozen_type == "payment_dunning":
            why = "a payment problem is open"
        case "frozen":
            kind = "seasonal" if day.frozen_type == "seasonal_inactive" else "voluntary"
            why = f"a {kind} pause runs"
        case "trial":
            why = f"the account has never paid, and its trial runs through {day.trial_ends_on}"
        case "churned" if day.first_paid_on is None:
            why = f"the account has never paid, and its trial ended on {day.trial_ends_on}"
        case "churned" | "at_risk" if not day.is_subscribed:
            side = "more than" if day.state == "churned" else "up to"
            why = (
                f"the subscription ended {day.days_since_end} days ago, on {day.ended_on},"
                f" which is {side} {settings['lapse_days']} days"
            )
        case "at_risk":
            why = "; ".join(_signal(signal, day, settings) for signal in day.risk_signals)
        case "reactivated":
            why = (
                f"a subscription that found the account churned began {day.days_subscribed} days"
                f" ago, on {day.subscribed_on}"
            )
        case "contracting":
            why = f"there is less than before: {_compared(day, less=True)}"
        case "expanding":
            why = f"there is more than before: {_compared(day, less=False)}"
        case "new_paid":
            why = (
                f"the account paid first on {day.first_paid_on}, up to"
                f" {settings['new_paid_days']} days ago, and has been in no other state since"
            )
        case _:
            why = "the subscription runs and nothing else holds"
    return f"{why[0].upper()}{why[1:]}."


def _signal(signal: str, day: AccountDay, settings: dict[str, Any]) -> str:
    seats = f"{day.active_seats} of {day.total_seats} seats are in use"
    match signal:
        case "low_utilization":
            enter, leave = settings["low_utilization_enter"], settings["low_utilization_exit"]
            return f"{seats}, which is low from below {enter:.0%} until {leave:.0%}"
        case "declining_activity":
            return (
                f"{day.events_30} events in {settings['window_days']} days after"
                f" {day.events_prior_30} in those before, declining from"
                f" {settings['declining_activity_enter']:.0%} until"
                f" {settings['declining_activity_exit']:.0%} of them"
            )
        case "key_user_lost":
            return f"the primary admin is silent for {day.admin_silent_days} days"
        case "renewal_at_risk":
            return (
                f"the contract renews in {day.days_to_renewal} days and only {seats}, less than"
                f" {settings['renewal_utilization']:.0%}"
            )
        case _:
            return f"an urgent support ticket is open since {day.urgent_ticket_since}"


def _compared(day: AccountDay, *, less: bool) -> str:
    pairs = [
        ("seats", day.seats_before, day.total_seats),
        ("monthly recurring revenue", day.mrr_before, day.monthly_recurring_revenue),
        ("tier rank", day.tier_rank_before, day.tier_rank),
    ]
    if not less:
        pairs.append(("products in use", day.products_before, len(day.products_active)))
    parts = [
        f"{name} {before} → {now}"
        for name, before, now in pairs
        if before is not None and now is not None and (now < before if less else now > before)
    ]
    if not less and day.usage_is_up:
        parts.append(f"events of the window {day.events_prior_30} → {day.events_30}")
    return ", ".join(parts)

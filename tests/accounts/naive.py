"""An account, one day at a time, as the specification says it: slow and obvious.

It shares nothing with the engine, so that both can be wrong only in different ways. Times are days
with an order within the day; every threshold has its default.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

RANK = {"starter": 1, "professional": 2, "enterprise": 3}
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Fact:
    """A billing or lifecycle event of the account."""

    on: date
    kind: str
    terms: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Use:
    """A qualifying event of a user."""

    on: date
    user: str
    product: str | None = None


@dataclass
class Contract:
    """What the facts up to a day's end say."""

    subscribed: bool = False
    terms: dict[str, Any] = field(default_factory=dict)
    problem: bool = False
    pause: tuple[str, date | None] | None = None
    deleted: bool = False
    cancel_on: date | None = None
    trial_ends_on: date = date.min


def contract(created: date, facts: Sequence[Fact], day: date) -> Contract:  # noqa: PLR0912
    """The contract at the end of a day: all facts so far, one after the other."""
    c = Contract(trial_ends_on=created + 30 * DAY)
    for fact in [*facts, Fact(day + DAY, "the end")]:
        if c.cancel_on and c.cancel_on <= min(fact.on, day):
            c.subscribed, c.cancel_on, c.problem = False, None, False
        if fact.on > day or c.deleted:
            break
        match fact.kind:
            case "subscription_started":
                c.terms = (c.terms if c.subscribed else {}) | fact.terms
                c.subscribed, c.cancel_on = True, None
            case "subscription_changed" if c.subscribed:
                c.terms = c.terms | fact.terms
            case "subscription_renewed":
                c.cancel_on = None
            case "subscription_canceled":
                effective = max(fact.on, fact.terms.get("effective_on", fact.on))
                if effective == fact.on:
                    c.subscribed, c.cancel_on, c.problem = False, None, False
                else:
                    c.cancel_on = effective
            case "trial_started":
                if fact.on <= c.trial_ends_on:
                    c.trial_ends_on = fact.terms["trial_ends_on"]
            case "payment_failed":
                c.problem = True
            case "payment_recovered":
                c.problem = False
            case "account_paused":
                c.pause = (fact.terms["pause_type"], fact.terms.get("resume_on"))
            case "account_resumed":
                c.pause = None
            case "account_deleted":
                c.deleted, c.subscribed, c.problem = True, False, False
    if c.pause and c.pause[1] and c.pause[1] <= day:
        c.pause = None
    return c


def live(  # noqa: PLR0912
    created: date,
    facts: Sequence[Fact],
    uses: Sequence[Use],
    account_of: Any,
    users: Sequence[str],
    admin: str | None,
    as_of: date,
) -> list[dict[str, Any]]:
    """Every day from the creation on; `account_of(user, day)` says whether they are a member."""
    days: list[dict[str, Any]] = []
    contracts: dict[date, Contract] = {}
    latch = {"low_utilization": False, "declining_activity": False, "usage": False}
    subscribed_on = ended_on = first_paid_on = None
    began_churned = new_left = back_left = False
    day = created
    while day <= as_of:
        c = contracts[day] = contract(created, facts, day)
        before = days[-1] if days else None
        if c.subscribed and not (before and before["subscribed"]):
            subscribed_on, back_left = day, False
            began_churned = bool(before) and before["state"] == "churned"
            first_paid_on = first_paid_on or day
        if not c.subscribed and before and before["subscribed"]:
            ended_on = day
        deleted_on = next((d for d in sorted(contracts) if contracts[d].deleted), date.max)
        mine = [u for u in uses if created <= u.on < deleted_on and account_of(u.user, u.on)]
        recent = [u for u in mine if day - 29 * DAY <= u.on <= day]
        prior = [u for u in mine if day - 59 * DAY <= u.on <= day - 30 * DAY]
        seats_used = 0 if c.deleted else len({u.user for u in recent if account_of(u.user, day)})
        products = sorted(
            {
                u.product for u in uses
                if u.product and day - 30 * DAY <= u.on <= day and account_of(u.user, day)
            }
        )  # fmt: skip
        seats = c.terms.get("seats") if c.subscribed else None
        use = Fraction(seats_used, seats) if seats else None
        frozen = None
        if c.subscribed and c.problem:
            frozen = "payment_dunning"
        elif c.subscribed and c.pause:
            frozen = {"voluntary": "voluntary_pause", "seasonal": "seasonal_inactive"}[c.pause[0]]
        age = (day - subscribed_on).days if c.subscribed else -1
        signals: list[str] = []
        if c.subscribed and not frozen and age >= 30:
            if use is None or use >= Fraction(4, 10):
                latch["low_utilization"] = False
            elif use < Fraction(3, 10):
                latch["low_utilization"] = True
            if latch["low_utilization"]:
                signals.append("low_utilization")
        else:
            latch["low_utilization"] = False
        if c.subscribed and not frozen and age >= 60:
            if len(prior) >= 20 and len(recent) <= Fraction(1, 2) * len(prior):
                latch["declining_activity"] = True
            elif len(recent) >= Fraction(3, 4) * len(prior):
                latch["declining_activity"] = False
            if len(prior) >= 20 and len(recent) >= Fraction(3, 2) * len(prior):
                latch["usage"] = True
            elif len(recent) < Fraction(5, 4) * len(prior):
                latch["usage"] = False
            if latch["declining_activity"]:
                signals.append("declining_activity")
        else:
            latch["declining_activity"] = latch["usage"] = False
        seen = [u.on for u in uses if u.user == admin and u.on <= day]
        if c.subscribed and not frozen and age >= 30:
            if seen and (day - max(seen)).days > 30:
                signals.append("key_user_lost")
            renewal = c.terms.get("renewal_on")
            near = renewal and 0 <= (renewal - day).days <= 30
            if near and use is not None and use < Fraction(4, 10):
                signals.append("renewal_at_risk")
        state, reason = None, None
        if c.deleted:
            state = "deleted"
        elif frozen:
            state = "frozen"
        elif not c.subscribed and first_paid_on is None:
            state, reason = "trial", None
            if day > c.trial_ends_on:
                state, reason = "churned", "trial_expired"
        elif not c.subscribed:
            state, reason = "at_risk", "subscription_lapsed"
            if (day - ended_on).days > 60:
                state, reason = "churned", "subscription_ended"
        elif signals:
            state = "at_risk"
        elif began_churned and not back_left and age <= 90:
            state = "reactivated"
        else:
            then = max(day - 30 * DAY, subscribed_on)
            old = contracts[then].terms
            now = c.terms
            pairs = [
                (now["seats"], old["seats"]), (now["mrr"], old["mrr"]),
                (RANK[now["tier"]], RANK[old["tier"]]),
            ]  # fmt: skip
            less = any(a < b for a, b in pairs)
            more = any(a > b for a, b in pairs)
            if age >= 60:
                more = more or latch["usage"]
                past = next((d for d in days if d["date"] == then), None)
                more = more or len(products) > len(past["products"] if past else ())
            if less and (not more or now["mrr"] < old["mrr"]):
                state = "contracting"
            elif more:
                state = "expanding"
            elif not new_left and (day - first_paid_on).days <= 90:
                state = "new_paid"
            else:
                state = "active"
        if first_paid_on is not None and state != "new_paid":
            new_left = True
        if c.subscribed and state != "reactivated":
            back_left = True
        days.append(
            {
                "date": day, "state": state, "reason": reason, "frozen": frozen,
                "signals": signals, "seats_used": seats_used, "events": len(recent),
                "prior": len(prior), "products": products, "subscribed": c.subscribed,
                "mrr": c.terms.get("mrr", 0) if c.subscribed else 0,
            }
        )  # fmt: skip
        day += DAY
    return days

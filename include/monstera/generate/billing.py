"""The accounts: trials, subscriptions, changes, payments, pauses, ends; one after the other."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from monstera.definitions.accounts import Accounts
from monstera.generate.calendar import Calendar

INDUSTRIES = ("software", "media", "education", "retail", "finance", "health", "agency")
FIRST_PRICE = Decimal(9)
"""Monthly price of a seat in the lowest tier that costs something."""
TRIAL_DAYS = 14
MONTH, YEAR = 30, 365
CANCELLATIONS = ("too_expensive", "not_needed", "switched", "missing_feature")
"""Why accounts cancel, as they say."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened to an account (or to a user's own payments)."""

    occurred_at: int
    event_type: str
    metadata: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Terms:
    """What an account subscribes to; the revenue is monthly, for all seats."""

    tier: str
    seats: int
    revenue: Decimal
    currency: str
    renewal_on: date


@dataclass(frozen=True, slots=True)
class Version:
    """An account as its source of truth shows it from `updated_at` on."""

    updated_at: int
    terms: Terms | None
    trial_ends_on: date


@dataclass(frozen=True, slots=True)
class Invoice:
    """A subscription charge that was paid."""

    processed_at: int
    amount: Decimal
    currency: str
    period_start: date
    period_end: date


@dataclass
class AccountStory:
    """Everything that happens to one account, in order of time."""

    facts: list[Fact] = field(default_factory=list)
    versions: list[Version] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)
    revenue: list[tuple[int, Decimal]] = field(default_factory=list)
    """(day, monthly revenue from the end of that day on), in order of day."""

    @property
    def currency(self) -> str | None:
        """The currency it pays in; None: it never subscribed."""
        return next((version.terms.currency for version in self.versions if version.terms), None)

    def movements(self) -> Iterator[tuple[int, str, Decimal]]:
        """(day, kind, amount) of every net change of the monthly revenue in a day."""
        before, has_paid = Decimal(0), False
        for day, after in dict(self.revenue).items():
            if after == before:
                continue
            if before == 0:
                kind = "reactivation" if has_paid else "new"
            elif after == 0:
                kind = "churn"
            else:
                kind = "expansion" if after > before else "contraction"
            yield day, kind, after - before
            before, has_paid = after, True


@dataclass(frozen=True, slots=True)
class Prices:
    """What a seat costs a month, by tier in rank order, and the currencies in use."""

    per_seat: dict[str, Decimal]
    currencies: Sequence[str]
    usual_currency: str

    @classmethod
    def of(cls, accounts: Accounts) -> "Prices":
        """Each tier costs more than twice the one below it; one tier where none is declared."""
        tiers = accounts.tiers or ("standard",)
        return cls(
            {
                tier: (FIRST_PRICE * Decimal("2.2") ** rank).quantize(Decimal(1))
                for rank, tier in enumerate(tiers)
            },
            sorted({accounts.reporting_currency, *accounts.currency_rates}),
            accounts.reporting_currency,
        )


class Narrator:
    """Tells the story of accounts, one after the other, from one stream of chance."""

    def __init__(
        self, random: Random, calendar: Calendar, prices: Prices, payment_failures: Sequence[int]
    ) -> None:
        self._random = random
        self._calendar = calendar
        self._prices = prices
        self._payment_failures = payment_failures

    def tell(self, created_at: int, created_on: int, joined: Sequence[int]) -> AccountStory:
        """The story of an account founded then; `joined` are its members' signup days, sorted."""
        teller = _Teller(self._random, self._calendar, self._prices, joined)
        teller.begin(created_at, created_on)
        for day in self._payment_failures:
            if teller.is_subscribed(day) and self._random.random() < 0.2:
                teller.stumble(day)
        story = teller.story
        story.facts.sort(key=lambda fact: fact.occurred_at)
        return story


class _Teller:
    def __init__(
        self, random: Random, calendar: Calendar, prices: Prices, joined: Sequence[int]
    ) -> None:
        self.story = AccountStory()
        self._random = random
        self._calendar = calendar
        self._prices = prices
        self._joined = joined
        self._currency = prices.usual_currency
        if random.random() < 0.2:
            self._currency = random.choice(prices.currencies)
        self._trial_ends_on = calendar.start
        self._last = 0
        self._paid: list[tuple[int, int]] = []

    def begin(self, created_at: int, day: int) -> None:
        self._trial_ends_on = self._calendar.date(day + TRIAL_DAYS)
        ends = {"trial_ends_on": self._trial_ends_on.isoformat()}
        self._last = created_at
        self.story.facts.append(Fact(created_at, "account_created", {}))
        self.story.facts.append(Fact(created_at, "trial_started", ends))
        self.story.versions.append(Version(created_at, None, self._trial_ends_on))
        dice = self._random.random()
        if dice < 0.55:
            self._subscribe(day + self._random.randint(1, TRIAL_DAYS))
        elif dice < 0.62:
            self._subscribe(day + self._random.randint(TRIAL_DAYS + 5, 70))

    def is_subscribed(self, day: int) -> bool:
        return any(first < day < last for first, last in self._paid)

    def stumble(self, day: int) -> None:
        """A payment that fails on the day and mostly comes in a few days later."""
        self._last = 0
        self._tell(day, "payment_failed", {})
        if self._random.random() < 0.85:
            self._tell(day + self._random.randint(1, 5), "payment_recovered", {})

    def _subscribe(self, day: int) -> None:
        if day >= self._calendar.days:
            return
        period = YEAR if self._random.random() < 0.2 else MONTH
        terms = self._terms(day, self._draw_tier(), self._seats_needed(day), period)
        self._tell(
            day,
            "subscription_started",
            {
                "tier": terms.tier,
                "seats": terms.seats,
                "mrr": float(terms.revenue),
                "currency": terms.currency,
                "renewal_on": terms.renewal_on.isoformat(),
            },
        )
        self._show(terms)
        self._book(day, terms.revenue)
        self._charge(terms, day, period)
        first, ended = day, None
        while ended is None and day < self._calendar.days:
            renewal = day + period
            terms = self._change(terms, day, renewal)
            ended, terms = self._renew(terms, renewal, period)
            day = renewal
        self._paid.append((first, self._calendar.days if ended is None else ended))
        if ended is not None and self._random.random() < 0.2:
            self._subscribe(ended + self._random.randint(10, 120))
        elif ended is not None and self._random.random() < 0.1:
            self._delete(ended + self._random.randint(20, 60))

    def _change(self, terms: Terms, day: int, renewal: int) -> Terms:
        """At most one change of the subscription or one pause a month."""
        for begin in range(day, renewal - 8, MONTH):
            on = begin + self._random.randint(12, 20)  # after a late payment, before a notice
            needed = self._seats_needed(on)
            dice = self._random.random()
            tier, seats = terms.tier, max(terms.seats, needed)
            if dice < 0.03:
                tier = self._tier_beside(tier, 1)
            elif dice < 0.04:
                tier = self._tier_beside(tier, -1)
            elif dice < 0.055:
                seats = max(1, int(terms.seats * 0.7))
            elif dice < 0.07:
                self._pause(on, renewal - 8)
                continue
            if (tier, seats) == (terms.tier, terms.seats) or on >= self._calendar.days:
                continue
            revenue = self._prices.per_seat[tier] * seats
            terms = Terms(tier, seats, revenue, terms.currency, terms.renewal_on)
            self._tell(
                on,
                "subscription_changed",
                {"tier": tier, "seats": seats, "mrr": float(revenue)},
            )
            self._show(terms)
            self._book(on, revenue)
        return terms

    def _pause(self, on: int, latest: int) -> None:
        """Pauses for some weeks; when it ends is said beforehand, or when it does."""
        back = min(on + self._random.randint(7, 60), latest)
        if back <= on:
            return
        about = {"pause_type": self._random.choice(["voluntary", "seasonal"])}
        if self._random.random() < 0.5:
            about["resume_on"] = self._calendar.date(back).isoformat()
        elif back < self._calendar.days:
            self.story.facts.append(Fact(self._working_hours(back), "account_resumed", {}))
        self._tell(on, "account_paused", about)

    def _renew(self, terms: Terms, on: int, period: int) -> tuple[int | None, Terms]:
        """Renews, or ends: the first day without a subscription, else none, and the new terms."""
        dice = self._random.random()
        cancels, fails = (0.12, 0.17) if period == YEAR else (0.03, 0.09)
        if dice < cancels:
            notice = on - self._random.randint(1, 6)
            about = {
                "effective_on": self._calendar.date(on).isoformat(),
                "reason": CANCELLATIONS[on % len(CANCELLATIONS)],
            }
            self._tell(notice, "subscription_canceled", about)
            return self._end(on), terms
        if dice < fails:
            paid_on, tries = None, 1 + (self._random.random() < 0.4) + (self._random.random() < 0.3)
            charge = {"amount": float(terms.revenue), "currency": terms.currency}
            for number in range(tries):
                self._tell(on + 3 * number, "payment_failed", charge)
            if self._random.random() < 0.75:
                paid_on = on + 3 * (tries - 1) + self._random.randint(1, 3)
                self._tell(paid_on, "payment_recovered", charge)
            if paid_on is None:
                lost = on + 3 * tries + self._random.randint(2, 10)
                self._tell(lost, "subscription_expired", {})
                return self._end(lost), terms
            return None, self._prolong(terms, on, paid_on, period)
        return None, self._prolong(terms, on, on, period)

    def _prolong(self, terms: Terms, on: int, paid_on: int, period: int) -> Terms:
        renewal_on = self._calendar.date(on + period)
        renewed = Terms(terms.tier, terms.seats, terms.revenue, terms.currency, renewal_on)
        self._tell(paid_on, "subscription_renewed", {"renewal_on": renewal_on.isoformat()})
        self._show(renewed, paid_on)
        self._charge(renewed, paid_on, period)
        return renewed

    def _end(self, on: int) -> int:
        if on < self._calendar.days:
            self._last = max(self._last, int(self._calendar.midnights[on]))
            self.story.versions.append(Version(self._last + 1000, None, self._trial_ends_on))
            self._book(on, Decimal(0))
        return on

    def _delete(self, on: int) -> None:
        if self._joined[-1] < on:  # nobody joins an account that is gone
            self._tell(on, "account_deleted", {})

    def _tell(self, day: int, event_type: str, metadata: dict[str, Any]) -> None:
        """Adds a fact in the working hours of the day, never before the one told last."""
        if day >= self._calendar.days:
            return
        self._last = max(self._working_hours(day), self._last + 60_000)
        self.story.facts.append(Fact(self._last, event_type, metadata))

    def _working_hours(self, day: int) -> int:
        begin, end = (int(moment) for moment in self._calendar.midnights[day : day + 2])
        return begin + int((end - begin) * self._random.uniform(0.33, 0.75))

    def _show(self, terms: Terms, day: int = 0) -> None:
        """Adds a version that shows what was just told."""
        if day < self._calendar.days:
            self.story.versions.append(Version(self._last, terms, self._trial_ends_on))

    def _book(self, day: int, revenue: Decimal) -> None:
        self.story.revenue.append((day, revenue))

    def _charge(self, terms: Terms, day: int, period: int) -> None:
        if day < self._calendar.days:
            months = 12 if period == YEAR else 1
            first, last = self._calendar.date(day), self._calendar.date(day + period - 1)
            self.story.invoices.append(
                Invoice(self._last, terms.revenue * months, terms.currency, first, last)
            )

    def _terms(self, day: int, tier: str, seats: int, period: int) -> Terms:
        revenue = self._prices.per_seat[tier] * seats
        return Terms(tier, seats, revenue, self._currency, self._calendar.date(day + period))

    def _draw_tier(self) -> str:
        tiers = list(self._prices.per_seat)
        return self._random.choices(tiers, [0.5**rank for rank in range(len(tiers))])[0]

    def _tier_beside(self, tier: str, step: int) -> str:
        """The tier one above or below; the same where there is none."""
        tiers = list(self._prices.per_seat)
        return tiers[min(max(tiers.index(tier) + step, 0), len(tiers) - 1)]

    def _seats_needed(self, day: int) -> int:
        """Seats for most who have joined, since some of them never come or have left."""
        return 1 + bisect_right(self._joined, day) * 2 // 3

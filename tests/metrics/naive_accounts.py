"""Metrics of accounts, slow and obvious: one account, one day at a time."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from statistics import mean, median
from typing import Any, NamedTuple

from metrics.naive_base import DAY, NaiveBase, Values, start_after, start_of
from monstera.definitions import Metric


class Day(NamedTuple):
    """An account at the end of a day."""

    state: str
    mrr: Decimal
    in_reporting: Decimal
    currency: str
    rate: Decimal
    seats: int
    health: Decimal | None
    tier: str
    is_dunning: bool
    signup_month: str
    country: str
    signup_plan: str
    acquisition_source: str
    first_product: str


class AccountKinds(NaiveBase):
    """The kinds that read accounts."""

    def _read_accounts(self) -> None:
        self.accounts: dict[tuple[Any, date], Day] = {}
        for account, day, *values in self.account_days:
            for of, from_on, to_on, tier, is_dunning, created_on in self.account_spans:
                if of == account and from_on <= day <= (to_on or date.max):
                    country = self._country_of(account, day)
                    origin = self._origin_of(account, day)
                    facts = (tier or "none", is_dunning, f"{created_on:%Y-%m}", country, *origin)
                    self.accounts[account, day] = Day(*values, *facts)

    def _country_of(self, account: Any, day: date) -> str:
        """The country at the end of the day, the first one before it was known too."""
        end = datetime.combine(day + DAY, time(), self.zone)
        versions = [version for version in self.account_versions if version[0] == account]
        known = [version for version in versions if version[1] < end] or versions[:1]
        return known[-1][2] or "unknown"

    def _origin_of(self, account: Any, day: date) -> tuple[str, str, str]:
        """Plan and channel of the signup of the member who came first, and their first product."""
        came = sorted(
            (joined, self.lives[user][0][2], user)
            for user in self.lives
            if (joined := self._joined_on(user, account)) is not None and joined <= day
        )
        if not came:
            return "unknown", "unknown", "none"
        user = came[0][2]
        _, plan, channel, *_ = self._version(user, self.lives[user][0][0])
        products = [
            product for of, at, _, product, *_ in self.events
            if of == user and product and (on := at.astimezone(self.zone).date()) <= day
            and self._is_alive(user, on, at)
        ]  # fmt: skip
        return plan or "unknown", channel or "unknown", products[0] if products else "none"

    @cache  # noqa: B019
    def _joined_on(self, user: Any, account: Any) -> date | None:
        """The first day at whose end the user belongs to the account."""
        day = self.lives[user][0][0]
        while day <= self.last:
            if self._account_of(user, day) == account:
                return day
            day += DAY
        return None

    def _account_dates(self) -> list[date]:
        return sorted({day for _, day in self.accounts})

    def _account_periods(self, grain: str) -> list[date]:
        return sorted({start_of(grain, day) for day in self._account_dates()})

    def _account_segments(self, metric: Metric, day: Day) -> Iterator[tuple[str, str]]:
        yield "all", "all"
        for key in metric.segments:
            if key != "reason":
                yield key, getattr(day, key)

    def _account_count(self, metric: Metric) -> Values:
        formula = metric.formula
        found: dict[Any, list[Day]] = {
            (metric.id, day, "all", "all"): [] for day in self._account_dates()
        }
        for (_, date_), day in self.accounts.items():
            below = formula.health_below
            if (
                day.state in (formula.states or {day.state} - {"deleted"})
                and formula.is_paying in (None, day.mrr > 0)
                and formula.is_dunning in (None, day.is_dunning)
                and formula.is_active in (None, day.seats > 0)
                and (below is None or (day.health is not None and day.health < below))
            ):
                for key, value in self._account_segments(metric, day):
                    found.setdefault((metric.id, date_, key, value), []).append(day)
        if formula.of == "health":
            known = {
                p: [d.health for d in days if d.health is not None] for p, days in found.items()
            }
            return {
                p: (mean(h) if h else None, sum(h) if h else None, len(h)) for p, h in known.items()
            }
        if formula.of == "revenue":
            return {p: (sum(d.in_reporting for d in days), None, None) for p, days in found.items()}
        return {p: (len(days), None, None) for p, days in found.items()}

    def _account_flow(self, metric: Metric) -> Values:
        formula = metric.formula
        movers: dict[Any, dict[Any, int | None]] = defaultdict(dict)
        members: dict[Any, int] = defaultdict(int)
        for period in self._account_periods(metric.grain):
            end = start_after(metric.grain, period)
            if formula.statistic in {"accounts", "share"}:
                movers[metric.id, period, "all", "all"] = {}
            for account in {account for account, _ in self.accounts}:
                start = self.accounts.get((account, period - DAY))
                if formula.members:
                    if start is None or start.state not in formula.members:
                        continue
                    for key, value in self._account_segments(metric, start):
                        members[metric.id, period, key, value] += 1
                steps = self._steps(formula, account, period, end)
                if steps:
                    on = start if formula.members else self.accounts[account, steps[0][0]]
                    segments = list(self._account_segments(metric, on))
                    if "reason" in metric.segments:
                        segments.append(("reason", self._reason(account, *steps[0])))
                    for key, value in segments:
                        movers[metric.id, period, key, value][account] = steps[0][1]
        return self._flow_values(formula.statistic, movers, members)

    def _flow_values(self, statistic: str, movers: Any, members: Any) -> Values:
        if statistic == "accounts":
            return {place: (len(moved), None, None) for place, moved in movers.items()}
        if statistic == "share":
            return {
                p: (
                    Decimal(len(movers[p])) / members[p] if members[p] else None,
                    len(movers[p]),
                    members[p],
                )
                for p in {*movers, *members}
            }
        found: Values = {}
        for place, moved in movers.items():
            days = [d for d in moved.values() if d is not None]
            if days and statistic == "mean_days":
                found[place] = (Decimal(sum(days)) / len(days), sum(days), len(days))
            elif days:
                found[place] = (Decimal(str(median(days))), None, None)
        return found

    def _steps(
        self, formula: Any, account: Any, period: date, end: date
    ) -> list[tuple[date, int | None, str, str]]:
        """The matching steps of an account in a period: day, days before it, to where and why."""
        return [
            (day, days, to_state, reason)
            for of, day, from_state, to_state, days, reason in self.account_steps
            if of == account
            and period <= day < end
            and day <= self.last
            and from_state in (formula.from_ or {from_state})
            and to_state in (formula.to or {to_state})
        ]

    def _reason(self, account: Any, day: date, _: int | None, to_state: str, found: str) -> str:
        """What the last event that can lead to the state says, else what the engine found."""
        leads = {
            "churned": {"subscription_canceled", "subscription_expired"},
            "contracting": {"subscription_changed"},
            "frozen": {"account_paused", "payment_failed"},
            "deleted": {"account_deleted"},
        }
        said = [
            reason for of, event_type, at, reason in self.account_events
            if of == account and event_type in leads.get(to_state, ())
            and at.astimezone(self.zone).date() <= day
        ]  # fmt: skip
        return (said[-1] if said else None) or found

    def _account_revenue(self, metric: Metric) -> Values:
        formula = metric.formula
        over: dict[Any, Decimal] = defaultdict(Decimal)
        under: dict[Any, Decimal] = defaultdict(Decimal)
        for period in self._account_periods(metric.grain):
            end = min(start_after(metric.grain, period) - DAY, self.last)
            over[metric.id, period, "all", "all"] += 0
            for (account, day), opening in self.accounts.items():
                if day != period - DAY or not opening.mrr or formula.movements:
                    continue
                if formula.states and opening.state not in formula.states:
                    continue
                closing, paid = self.accounts[account, end], opening.in_reporting
                pays = closing.in_reporting
                if closing.currency == opening.currency:
                    pays = closing.mrr * opening.rate
                amount = {
                    "net_retention": pays,
                    "gross_retention": min(pays, paid),
                    "logo_churn": Decimal(pays == 0),
                    "logo_retention": Decimal(pays > 0),
                    "expansion": max(pays - paid, Decimal(0)),
                    "contraction": max(paid - pays, Decimal(0)) if pays else Decimal(0),
                    "churn": Decimal(0) if pays else paid,
                }[formula.measure]
                for key, value in self._account_segments(metric, opening):
                    over[metric.id, period, key, value] += amount
                    under[metric.id, period, key, value] += (
                        1 if formula.measure.startswith("logo") else paid
                    )
            for account, day, movement, amount in self.movements:
                if movement in formula.movements and period <= day <= end:
                    lost = formula.measure == "lost"
                    on = self.accounts[account, day - DAY if lost else day]
                    for key, value in self._account_segments(metric, on):
                        over[metric.id, period, key, value] += -amount if lost else amount
        if formula.movements:
            return {place: (amount, None, None) for place, amount in over.items()}
        return {
            p: (amount / under[p] if under[p] else None, amount, under[p])
            for p, amount in over.items()
        }

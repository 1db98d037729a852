"""The metrics once more, slow and obvious: one day, one user at a time, from what readers see.

Shares no line with the SQL; formulas are read from the definitions.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from statistics import mean, median
from typing import Any

from metrics.naive_base import DAY, Values, start_after, start_of
from metrics.naive_events import EventKinds
from metrics.naive_worth import AccountWorth
from monstera.definitions import Metric
from monstera.warehouse import Warehouse


class Naive(EventKinds, AccountWorth):
    """Every kind, in Python."""

    def __init__(self, warehouse: Warehouse, zone: str, last: date) -> None:
        """Reads the published states and the accepted events."""
        super().__init__(warehouse, zone, last)
        self._read_accounts()
        self.first = min(
            *(life[0][0] for life in self.lives.values()),
            *(at.astimezone(self.zone).date() for _, at, *_ in self.events),
            *self._account_dates(),
        )

    def values(self, metrics: dict[str, Metric]) -> Values:
        """The values of every metric of a kind that is known here, ratios last."""
        found: Values = {}
        for metric in metrics.values():
            name = metric.id if metric.formula.kind == "sql" else metric.formula.kind
            kind: Callable[[Metric], Any] | None = getattr(self, f"_{name}", None)
            if kind is not None:
                found |= kind(metric)
        for metric in metrics.values():
            if metric.formula.kind == "ratio":
                found |= self._ratios(metric, found)
        return found

    def _scopes(self, metric: Metric, scope: str) -> bool:
        return (metric.formula.scope == "platform") == (scope == "platform")

    def _counted(
        self, metric: Metric, members: Iterator[tuple[date, Any, str, date]], periods: list[date]
    ) -> Values:
        """Counts users by period and by segment as of a day, each once."""
        found: dict[Any, set[Any]] = defaultdict(set)
        for period, user, scope, day in members:
            for key, value in self._segments(metric, user, scope, day):
                found[metric.id, period, key, value].add(user)
        counts: Values = {place: (len(users), None, None) for place, users in found.items()}
        if metric.formula.scope == "platform":
            for period in periods:
                counts.setdefault((metric.id, period, "all", "all"), (0, None, None))
        return counts

    def _state_count(self, metric: Metric) -> Values:
        formula = metric.formula

        def members() -> Iterator[tuple[date, Any, str, date]]:
            for (user, scope), days in self.states.items():
                for day, (state, is_dunning) in days.items():
                    is_counted = state in formula.states and formula.is_dunning in (
                        None,
                        is_dunning,
                    )
                    if is_counted and self._scopes(metric, scope):
                        yield day, user, scope, day

        return self._counted(metric, members(), list(self._days()))

    def _distinct_active(self, metric: Metric) -> Values:
        formula = metric.formula

        def in_window() -> Iterator[tuple[date, Any, str, date]]:
            for (user, scope), days in self.active.items():
                for day in self._days():
                    window = {day - n * DAY for n in range(formula.window_days)}
                    if self._scopes(metric, scope) and days & window:
                        yield day, user, scope, day

        def in_period() -> Iterator[tuple[date, Any, str, date]]:
            for (user, scope), days in self.active.items():
                if not self._scopes(metric, scope):
                    continue
                there = {start_of(metric.grain, day) for day in days}
                for period in self._periods(metric.grain):
                    before = start_of(metric.grain, period - DAY)
                    is_there, was_there = period in there, before in there
                    was_ever = any(other < period for other in there)
                    status = {
                        "any": is_there,
                        "new": is_there and not was_ever,
                        "retained": is_there and was_there,
                        "resurrected": is_there and was_ever and not was_there,
                        "gained": is_there and not was_there,
                        "churned": was_there and not is_there,
                    }
                    if status[formula.status]:
                        first = min(
                            (d for d in days if start_of(metric.grain, d) == period), default=None
                        )
                        yield period, user, scope, first or period - DAY

        if formula.window_days:
            return self._counted(metric, in_window(), list(self._days()))
        return self._counted(metric, in_period(), self._periods(metric.grain))

    def _flow(self, metric: Metric) -> Values:
        formula, reasons = metric.formula, Counter[Any]()

        def members() -> Iterator[tuple[date, Any, str, date]]:
            counted = set()
            for user, scope, day, from_state, to_state, _, reason in self.steps:
                period = start_of(metric.grain, day)
                at_start, _ = self.states[user, scope].get(period - DAY, ("start", False))
                if (
                    self._scopes(metric, scope)
                    and (not formula.from_ or from_state in formula.from_)
                    and to_state in formula.to
                    and reason in (formula.reasons or {reason})
                    and (not formula.members or at_start in formula.members)
                    and (user, scope, period) not in counted
                ):
                    counted.add((user, scope, period))
                    reasons[metric.id, period, "reason", reason or "unknown"] += 1
                    yield period, user, scope, period - DAY if formula.members else day

        found = self._counted(metric, members(), self._periods(metric.grain))
        if "reason" in metric.segments:
            found |= {place: (count, None, None) for place, count in reasons.items()}
        return found

    def _duration(self, metric: Metric) -> Values:
        formula = metric.formula
        if formula.since == "access":
            return {}
        found = defaultdict(list)
        for user, scope, day, from_state, to_state, days_in_state, _ in self.steps:
            lasted = days_in_state
            if from_state == "start" or not self._scopes(metric, scope):
                continue
            if (formula.from_ and from_state not in formula.from_) or (
                formula.to and to_state not in formula.to
            ):
                continue
            if formula.since == "first_activity":
                born, died, _, _ = [x for x in self.lives[user] if x[0] <= day][-1]
                active = [d for d in self.active[user, "platform"] if born <= d < min(died, day)]
                if not active:
                    continue
                lasted = (day - min(active)).days
            for key, value in self._segments(metric, user, scope, day):
                found[metric.id, start_of(metric.grain, day), key, value].append(lasted)
        if formula.statistic == "median":
            return {place: (Decimal(str(median(d))), None, None) for place, d in found.items()}
        return {place: (Decimal(mean(d)), sum(d), len(d)) for place, d in found.items()}

    def _cohort(self, metric: Metric) -> Values:
        formula = metric.formula

        def later(period: date) -> tuple[date, date]:
            """First and last day of the period so many later, the last one by days else."""
            for _ in range(formula.periods or 0):
                period = start_after(metric.grain, period)
            days = (formula.days or 0) * DAY
            return period, start_after(metric.grain, period) - DAY + days

        entries = [(user, life[0][0]) for user, life in self.lives.items()]
        if formula.entered != "signed_up":
            states = {"reactivated": {"reactivated"}, "returned": {"reactivated", "returning"}}
            entries = [
                (user, day)
                for user, scope, day, _, to_state, *_ in self.steps
                if scope == "platform" and to_state in states[formula.entered]
            ]
        found: dict[Any, list[bool]] = defaultdict(list)
        for period in self._periods(metric.grain):
            born = min(life[0][0] for life in self.lives.values())
            if start_of(metric.grain, born) <= period and later(period)[1] <= self.last:
                found[metric.id, period, "all", "all"] = []
        for user, day in entries:
            period = start_of(metric.grain, day)
            if (metric.id, period, "all", "all") not in found:
                continue
            active, nth = self.active[user, "platform"], day + (formula.days or 0) * DAY
            first, last = later(period)
            is_active = {
                "on_day": nth in active,
                "from_day": any(d >= nth for d in active),
                "within": any(day <= d <= nth for d in active),
                "in_period": any(first <= d <= last for d in active),
                "from_period": any(d >= first for d in active),
            }
            for key, value in self._segments(metric, user, "platform", day):
                found[metric.id, period, key, value].append(is_active[formula.active])
        return {
            place: (Decimal(sum(x)) / len(x) if x else None, sum(x), len(x))
            for place, x in found.items()
        }

    def _first_accesses(self) -> dict[tuple[Any, str], date]:
        """When users first came to each product; at the end of the day somebody deleted has not."""
        found: dict[tuple[Any, str], date] = {}
        for user, at, _, product, *_ in self.events:
            day = at.astimezone(self.zone).date()
            is_there = any(began <= day < ended for began, ended, *_ in self.lives.get(user, ()))
            if product and day <= self.last and is_there and self._counts(user, day, at):
                found[user, product] = min(day, found.get((user, product), day))
        return found

    def _product_cohort(self, metric: Metric) -> Values:
        found: dict[Any, list[bool]] = defaultdict(list)
        for (user, product), day in self._first_accesses().items():
            period = later = start_of(metric.grain, day)
            for _ in range(metric.formula.periods):
                later = start_after(metric.grain, later)
            end = start_after(metric.grain, later)
            if day < self.lives[user][0][1] and end - DAY <= self.last:
                is_there = any(later <= other < end for other in self.active[user, product])
                found[metric.id, period, "product", product].append(is_there)
        return {p: (Decimal(sum(x)) / len(x), sum(x), len(x)) for p, x in found.items()}

    def _adoption(self, metric: Metric) -> Values:
        first, used_on = self._first_accesses(), defaultdict(set)
        for user, at, _, product, *_ in self.events:
            day = at.astimezone(self.zone).date()
            if user in self.lives and product and self._counts(user, day, at):
                used_on[user, product].add(day)
        found: Values = {}
        for day in self._days():
            month = {day - n * DAY for n in range(30)}
            window = {day - n * DAY for n in range(metric.formula.window_days or 0)}
            active = {
                user for (user, scope), days in self.active.items()
                if scope == "platform" and days & month
            }  # fmt: skip
            for product in self.products if active else ():
                users = [
                    user for user in active
                    if (used_on[user, product] & window if window
                        else first.get((user, product), date.max) <= day)
                ]  # fmt: skip
                share = (Decimal(len(users)) / len(active), len(users), len(active))
                found[metric.id, day, "product", product] = share
        return found if metric.formula.of == "products" else {}

    def _ratios(self, metric: Metric, known: Values) -> Values:
        formula, found = metric.formula, {}
        for period in self._periods(metric.grain):
            at = {
                "period": period,
                "start": period - DAY,
                "previous_period": start_of(metric.grain, period - DAY),
            }[formula.denominator_at]
            places = {p[2:] for p in known if p[:2] == (formula.numerator, period)}
            places |= {p[2:] for p in known if p[:2] == (formula.denominator, at)}
            for key, value in places:
                if key not in {"all", *metric.segments}:
                    continue
                over = known.get((formula.numerator, period, key, value), (0,))[0]
                under = known.get((formula.denominator, at, key, value), (0,))[0]
                ratio = Decimal(over) / under if under else None
                found[metric.id, period, key, value] = (ratio, over, under)
        return found

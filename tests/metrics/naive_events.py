"""Metrics of events and feeds, slow and obvious: sums, columns of feeds, funnels."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from statistics import mean, median
from types import SimpleNamespace
from typing import Any

from metrics.naive_base import DAY, NaiveBase, Values, percentile, start_after, start_of
from monstera.definitions import Metric

ANYBODY: Any = SimpleNamespace(segments=("country", "plan_type"))

FACTS_OF_A_LIFE = {
    "user_signed_up", "user_deleted", "user_restored", "account_created", "account_deleted",
}  # fmt: skip


class EventKinds(NaiveBase):
    """The kinds that read events and feeds."""

    def _sum(self, metric: Metric) -> Values:
        formula = metric.formula
        found: dict[Any, int] = defaultdict(int)
        days = [at.astimezone(self.zone).date() for _, at, *_ in self.events]
        for day in self._days():
            if day >= min(days):
                found[metric.id, day, "all", "all"] = 0
        later = list(self._days()) if formula.so_far else []
        for _, at, event_type, product, _, _, metadata, _ in self._events_of_lives():
            day = at.astimezone(self.zone).date()
            category = self.categories[event_type]
            failed = {
                "outcome": metadata.get("failed") is True,
                "abandonment": "error" in metadata,
            }.get(category, False)
            if (
                day <= self.last
                and (not formula.event_types or event_type in formula.event_types)
                and (not formula.categories or category in formula.categories)
                and (not formula.failed or failed)
            ):
                named = {"all": "all", "event_type": event_type, "product": product or "platform"}
                for key in ("all", *metric.segments):
                    found[metric.id, day, key, named[key]] += 1
                for other in later:
                    found[metric.id, other, "all", "all"] += other > day
        return {place: (count, None, None) for place, count in found.items()}

    def _events_of_lives(self) -> Iterator[Any]:
        """The events, without those of the deleted, which were accepted too early."""
        for event in self.events:
            _, moment, event_type, *_, entity = event
            past = [fact for at, fact in self.deletions[entity] if at <= moment]
            if event_type in FACTS_OF_A_LIFE or not past or past[-1] == "user_restored":
                yield event

    def _feed(self, metric: Metric) -> Values:
        formula = metric.formula
        by_period = defaultdict(list)
        days, segments = [], {("all", "all")}
        for (row,) in self.feed_rows.get(formula.feed, []):
            at = datetime.fromisoformat(row[formula.at])
            days.append(at.astimezone(self.zone).date() if at.tzinfo else at.date())
            named = {(key, row[column] or "unknown") for key, column in formula.by.items()}
            for place in {("all", "all"), *named}:
                segments.add(place)
                by_period[start_of(metric.grain, days[-1]), place].append(
                    self._amount(formula, row, days[-1])
                )
        found: Values = {}
        day = min(days, default=self.last + DAY)
        while days and day <= min(self.last, max(*days, self.delivered[formula.feed])):
            period = start_of(metric.grain, day)
            for place in segments:
                values = by_period[period, place]
                value = {
                    "count": len(values),
                    "sum": sum(values),
                    "p95": percentile(values, 0.95) if values else None,
                }[formula.statistic]
                if value is not None:
                    found[metric.id, period, *place] = (value, None, None)
            day += DAY
        return found

    def _amount(self, formula: Any, row: dict[str, Any], day: date) -> float:
        amount = row.get(formula.column) or 0
        if formula.currency is None:
            return amount
        rates = [(since, rate) for name, since, rate in self.rates if name == row[formula.currency]]
        return amount * float(max(pair for pair in rates if pair[0] <= day)[1])

    def _funnel(self, metric: Metric) -> Values:
        formula = metric.formula
        found: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
        minutes: dict[Any, list[Decimal]] = defaultdict(list)
        for user, lives in self.lives.items():
            moments = [
                (at, day, event_type, qualifies, activates, metadata)
                for of_user, at, event_type, _, qualifies, activates, metadata, _ in self.events
                if of_user == user
                and self._is_alive(user, day := at.astimezone(self.zone).date(), at)
            ]
            moments.append((lives[0][2], lives[0][0], "signed_up", False, False, {}))
            moments += [
                (datetime.combine(day + DAY, time(), self.zone), day, movement, False, False, {})
                for account, day, movement, _ in self.movements
                if self._account_of(user, day) == account
                and any(began <= day < ended for began, ended, *_ in lives)
            ]

            def belongs(moment: Any, stage: Any) -> bool:
                _, _, event_type, qualifies, activates, metadata = moment
                fails = metadata.get("failed") is True
                return {
                    None: event_type in stage.event_types,
                    "visited": False,  # nobody is seen before the signup
                    "signed_up": event_type == "signed_up",
                    "paid": event_type == "new",
                    "expanded": event_type == "expansion",
                    "qualifying": qualifies,
                    "activation": activates,
                    "success": event_type in self.outcomes and not fails,
                }[stage.moment]

            for period in self._periods(metric.grain):
                end = start_after(metric.grain, period)
                begun = [
                    m for m in moments if belongs(m, formula.stages[0]) and period <= m[1] < end
                ]
                if not begun or end - DAY + formula.window_days * DAY > self.last:
                    continue
                last_at, day = min(begun, key=lambda moment: moment[0])[:2]
                stage, times = 1, [last_at]
                for wanted in formula.stages[1:]:
                    after = [
                        m[0] for m in moments
                        if m[0] > last_at and belongs(m, wanted)
                        and wanted.after_days <= (m[1] - day).days <= formula.window_days
                    ]  # fmt: skip
                    if not after:
                        break
                    last_at, stage = min(after), stage + 1
                    times.append(last_at)
                for key, value in self._segments(metric, user, "platform", day):
                    counts = found[metric.id, period, key, value]
                    counts[0] += stage >= formula.step
                    counts[1] += stage >= formula.step - 1
                    if stage >= formula.step:
                        took = times[formula.step - 1] - times[formula.step - 2]
                        minutes[metric.id, period, key, value].append(
                            Decimal(took // timedelta(microseconds=1)) / 60_000_000
                        )
        if formula.statistic == "median_minutes":
            nobody = {place: [] for place in found if place[2] == "all"}
            return {
                place: (median(all_) if all_ else None, None, None)
                for place, all_ in (nobody | minutes).items()
            }
        return {
            place: (Decimal(over) / under if under else None, over, under)
            for place, (over, under) in found.items()
        }

    @property
    def outcomes(self) -> set[str]:
        """Event types of the category."""
        return {name for name, category in self.categories.items() if category == "outcome"}

    def _session(self, metric: Metric) -> Values:
        sessions: dict[Any, list[list[datetime]]] = defaultdict(list)
        for user in self.lives:
            times = sorted(
                at for of_user, at, *_ in self.events
                if of_user == user and self._is_alive(user, at.astimezone(self.zone).date(), at)
            )  # fmt: skip
            groups: list[list[datetime]] = []
            for at in times:
                if not groups or at - groups[-1][-1] > timedelta(minutes=30):
                    groups.append([])
                groups[-1].append(at)
            for group in groups:
                day = group[0].astimezone(self.zone).date()
                named = dict(self._segments(ANYBODY, user, "platform", day))
                for key in ("all", *metric.segments):
                    value = self.location if key == "location" else named[key]
                    if day <= self.last:
                        sessions[day, key, value].append(group)
        found: Values = {}
        first = min(at for _, at, *_ in self.events).astimezone(self.zone).date()
        if metric.formula.statistic == "count":
            found = {
                (metric.id, day, "all", "all"): (0, None, None)
                for day in self._days() if day >= first
            }  # fmt: skip
        for (day, key, value), groups in sessions.items():
            minutes = [(group[-1] - group[0]).total_seconds() / 60 for group in groups]
            total = len(sessions[day, "all", "all"])
            found[metric.id, day, key, value] = {
                "count": (len(groups), None, None),
                "mean_minutes": (mean(minutes), sum(minutes), len(minutes)),
                "median_minutes": (median(minutes), None, None),
                "share": (len(groups) / total, len(groups), total),
            }[metric.formula.statistic]
        return found

    def _time_to_value(self, metric: Metric) -> Values:
        formula = metric.formula
        found: dict[Any, list[float]] = defaultdict(list)
        for user, lives in self.lives.items():
            began_on, _, began_at, ended_at = lives[0]
            own = [
                event for event in self.events
                if event[0] == user
                and began_on <= event[1].astimezone(self.zone).date() <= began_on + 90 * DAY
            ]  # fmt: skip
            moments = {
                "first_visit": None,  # nobody is seen before the signup
                "activated": min((e[1] for e in own if e[5]), default=None),
                "signed_up": began_at,
                "first_access": min((e[1] for e in own if e[3]), default=None),
                "first_action": min((e[1] for e in own if e[4]), default=None),
                "first_success": min(
                    (e[1] for e in own if e[2] in self.outcomes and not e[6].get("failed")),
                    default=None,
                ),
            }
            since, until = moments[formula.since], moments[formula.until]
            if since is None or until is None or (ended_at and max(since, until) >= ended_at):
                continue
            day = until.astimezone(self.zone).date()
            if day > self.last:
                continue
            for key, value in self._segments(metric, user, "platform", day):
                place = (metric.id, start_of(metric.grain, day), key, value)
                found[place].append(max((until - since).total_seconds() / 60, 0))
        return {place: (median(minutes), None, None) for place, minutes in found.items()}

"""What the naive computations share: the data, periods, segments, the shape of what they find."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from monstera.definitions import Metric
from monstera.warehouse import Warehouse

DAY = timedelta(days=1)
Values = dict[tuple[str, date, str, str], tuple[Any, Any, Any]]
"""Value, numerator and denominator by metric, first day of the period, segment key and value."""


def start_of(grain: str, day: date) -> date:
    """First day of the period that holds the day."""
    if grain == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if grain == "month" else day


def start_after(grain: str, period: date) -> date:
    """First day of the period after the one that begins on `period`."""
    if grain == "month":
        return (period + timedelta(days=31)).replace(day=1)
    return period + (7 * DAY if grain == "week" else DAY)


def percentile(values: list[float], share: float) -> float:
    """The value below which the share lies, in proportion between two neighbours."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


class NaiveBase:
    """What is known, and the periods and segments that everything is counted by."""

    first: date
    """The first day with anything on it."""

    def __init__(self, warehouse: Warehouse, zone: str, last: date) -> None:
        """Reads the published states and the accepted events."""
        self.zone, self.last = ZoneInfo(zone), last
        with warehouse.connect() as connection:

            def rows(query: str) -> list[Any]:
                return connection.execute(query.encode()).fetchall()

            self.lives: dict[Any, list[Any]] = defaultdict(list)
            for user, started_on, ended_on, started_at, ended_at in rows(
                "select user_id, started_on, nullif(ended_on, 'infinity'), started_at,"
                " nullif(ended_at, 'infinity') from silver.user_lives order by life_number"
            ):
                self.lives[user].append((started_on, ended_on or date.max, started_at, ended_at))
            self.states: dict[tuple[Any, str], dict[date, tuple[str, bool]]] = defaultdict(dict)
            for user, day, state, is_dunning in rows(
                "select user_id, date, platform_state, is_dunning from silver.user_state_history"
            ):
                self.states[user, "platform"][day] = (state, is_dunning)
            for user, product, day, state in rows(
                "select user_id, product_id, date, state from silver.product_user_state_history"
            ):
                self.states[user, product][day] = (state, False)
            self.steps = rows(
                "select t.user_id, t.scope, t.transition_on, coalesce(t.from_state, 'start'),"
                " t.to_state, t.days_in_previous_state, e.metadata ->> 'reason'"
                " from silver.user_state_transitions as t"
                " left join bronze.events as e on e.event_id = t.triggering_event_id"
                " order by t.user_id, t.scope, t.transition_on, t.seq"
            )
            self.account_days = rows(
                "select d.account_id, d.date, d.state, d.mrr, d.mrr_reporting, d.currency, d.rate,"
                " d.active_seats, h.health_score from silver.account_days as d"
                " left join silver.account_health as h using (account_id, date)"
            )
            self.account_spans = rows(
                "select account_id, from_on, nullif(to_on, 'infinity'), tier, is_dunning,"
                " created_on from silver.account_fact_spans"
            )
            self.account_versions = rows(
                "select account_id, updated_at, country from bronze.accounts order by 1, 2"
            )
            self.account_steps = rows(
                "select account_id, transition_on, coalesce(from_state, 'start'), to_state,"
                " days_in_previous_state, transition_reason from silver.account_state_transitions"
                " order by account_id, transition_on, seq"
            )
            self.account_events = rows(
                "select entity_id, event_type, occurred_at, metadata ->> 'reason'"
                " from bronze.events where entity_type = 'account' order by occurred_at"
            )
            self.movements = rows(
                "select account_id, date, movement, amount_reporting"
                " from silver.account_mrr_movements"
            )
            self.versions: dict[Any, list[Any]] = defaultdict(list)
            for user, updated_at, *attributes in rows(
                "select user_id, updated_at, country, plan_type, acquisition_source, role,"
                " account_id from bronze.users order by user_id, updated_at"
            ):
                self.versions[user].append((updated_at, attributes))
            self.events = rows(
                "select user_id, occurred_at, event_type, product_id, is_qualifying_event,"
                " is_activation_event, metadata, entity_id from bronze.events order by occurred_at"
            )
            self.deletions: dict[Any, list[Any]] = defaultdict(list)
            for entity, at, fact in rows(
                "select entity_id, occurred_at, event_type from bronze.entity_facts"
                " where event_type in ('user_deleted', 'user_restored', 'account_deleted')"
                " order by occurred_at"
            ):
                self.deletions[entity].append((at, fact))
            ((self.location,),) = rows("select distinct location from bronze.events")
            self.products = [
                product
                for (product,) in rows("select product_id from ref.products where kind = 'product'")
            ]
            self.rates = rows("select currency, valid_from, rate from ref.currency_rates")
            self.categories = dict(rows("select event_type, category from ref.event_types"))
            self.feed_rows: dict[str, list[Any]] = {}
            self.delivered: dict[str, date] = {}
            for (feed,) in rows(
                "select distinct feed from ops.load_manifest where feed <> 'events'"
            ):
                self.feed_rows[feed] = rows(f"select to_jsonb(f) from bronze.{feed} as f")
                self.delivered[feed] = rows(
                    f"select max(dt) from ops.load_manifest where feed = '{feed}'"
                )[0][0]
            self.active: dict[tuple[Any, str], set[date]] = defaultdict(set)
            for user, at, product in rows(
                "select user_id, occurred_at, product_id from bronze.events"
                " where user_id is not null and is_qualifying_event"
            ):
                day = at.astimezone(self.zone).date()
                if day <= last and self._counts(user, day, at):
                    self.active[user, "platform"].add(day)
                    if product:
                        self.active[user, product].add(day)
        self.first_product: dict[tuple[Any, date], str] = {}
        for user, at, _, product, *_ in sorted(self.events, key=lambda e: (e[1], e[3] or "")):
            if product:
                self.first_product.setdefault((user, at.astimezone(self.zone).date()), product)

    def _is_alive(self, user: Any, day: date, at: datetime) -> bool:
        """Whether a moment is within a life: from the signup's day, or the restore's moment, on."""
        return any(
            started_on <= day
            and (number == 0 or at >= started_at)
            and (ended_at is None or at < ended_at)
            for number, (started_on, _, started_at, ended_at) in enumerate(self.lives[user])
        )

    def _counts(self, user: Any, day: date, at: datetime) -> bool:
        """Whether activity counts: within a life, and on the day of a restore in the new one."""
        restores = [life[2] for life in self.lives[user][1:] if life[0] == day]
        return self._is_alive(user, day, at) and all(at >= restored for restored in restores)

    def _days(self) -> Iterator[date]:
        day = self.first
        while day <= self.last:
            yield day
            day += DAY

    def _periods(self, grain: str) -> list[date]:
        return sorted({start_of(grain, day) for day in self._days()})

    def _segments(
        self, metric: Metric, user: Any, scope: str, day: date
    ) -> Iterator[tuple[str, str]]:
        """The segments that a user counts in on a day, by the attributes at its end."""
        if scope != "platform":
            yield "product", scope
            return
        yield "all", "all"
        named = dict(
            zip(
                ("country", "plan_type", "acquisition_source", "role"),
                self._version(user, day)[:4],
                strict=True,
            )
        )
        named["signup_month"] = f"{self.lives[user][0][0]:%Y-%m}"
        named["first_product"] = self.first_product.get((user, day), "none")
        for key in metric.segments:
            if key != "reason":
                yield key, named[key] or "unknown"

    def _version(self, user: Any, day: date) -> list[Any]:
        """The attributes at the end of the day, the first ones before they were known too."""
        end = datetime.combine(day + DAY, time(), self.zone)
        known = [values for at, values in self.versions[user] if at < end]
        return known[-1] if known else self.versions[user][0][1]

    def _account_of(self, user: Any, day: date) -> Any:
        """The account that the user belongs to at the end of the day."""
        return self._version(user, day)[-1]

"""A generated company whose people move, leave and come back, published day by day."""

import random
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from lifecycle.world import World, uid
from monstera.definitions import Metric, load_definitions
from monstera.loading.feed_tables import FeedTable
from monstera.settings import PROJECT
from monstera.warehouse import Warehouse

SHIPPED = PROJECT / "include" / "definitions"
ZONE = "America/New_York"  # its clocks go forward on 8 March 2026
EVENTS = """
- {event_type: set_up, is_qualifying: false, is_activation: true}
- {event_type: finished, is_qualifying: false, category: outcome}
- {event_type: gave_up, is_qualifying: false, category: abandonment}
- {event_type: pricing_viewed, is_qualifying: false}
- {event_type: features_viewed, is_qualifying: false}
- {event_type: demo_requested, is_qualifying: false}
- {event_type: referral_sent, is_qualifying: false}
- {event_type: project_created, is_qualifying: false}
- {event_type: video_created, is_qualifying: false}
"""
ACCOUNTS = """
tiers: [starter, professional]
currency_rates: {USD: 1, EUR: {2026-01-01: 1.1, 2026-02-20: 1.25}}
thresholds:
  {trial_days: 6, lapse_days: 5, new_paid_days: 7, reactivated_days: 6, signals_after_days: 4}
"""
LIFECYCLE = f"business_time_zone: {ZONE}\nnew_days: 5\nactive_days: 4\nchurn_days: 9\n"
FIRST, REBUILT, LAST = date(2026, 1, 28), date(2026, 3, 2), date(2026, 3, 16)
Time = str | datetime
COUNTRIES, PLANS = ("DE", "US", None), ("free", "pro")


class Company(World):
    """A world with the shipped metrics and feeds, whose users have attributes."""

    def __init__(
        self, warehouse: Warehouse, folder: Path, *, files: str = "*", **options: Any
    ) -> None:
        """With the metrics of these `files` alone; `options` are those of a world."""
        for section in ("metrics", "feeds"):
            shutil.copytree(SHIPPED / section, folder / section)
        wanted = set((folder / "metrics").glob(f"{files}.yaml"))
        for file in set((folder / "metrics").iterdir()) - wanted:
            file.unlink()
        (folder / "events").mkdir()
        (folder / "events" / "further.yaml").write_text(EVENTS)
        super().__init__(warehouse, folder, **options)
        self.attributes: list[tuple[str, str | datetime, str | None, str | None, str | None]] = []
        self.feeds = load_definitions(folder).feeds
        self.feed_rows: list[tuple[str, dict[str, Any]]] = []

    @property
    def metrics(self) -> dict[str, Metric]:
        """The metrics in force."""
        return load_definitions(self.folder).metrics

    def person(
        self,
        name: str,
        at: Time,
        country: str | None = None,
        plan: str = "free",
        account: str | None = None,
        source: str | None = None,
    ) -> None:
        """A user who signs up."""
        self.user(name, at, account)
        self.attributes.append((name, at, country, plan, source))

    def becomes(self, name: str, at: Time, country: str | None, plan: str = "free") -> None:
        """A later version of the user."""
        self.moves(name, at, None)
        self.attributes.append((name, at, country, plan, None))

    def row(self, feed: str, **columns: Any) -> None:
        """A row of a further feed."""
        self.feed_rows.append((feed, columns))

    def deliver(self, dt: str | date | None = None) -> None:
        """Loads what was said, attributes too, and the rows of further feeds as of a day."""
        super().deliver()
        with self.warehouse.connect() as connection:
            self._deliver_feeds(connection, dt)
            for name, at, *values in self.attributes:
                connection.execute(
                    "update bronze.users set country = %s, plan_type = %s, acquisition_source = %s"
                    " where user_id = %s and updated_at = %s",
                    [*values, uid(name), at],
                )
        self.attributes = []

    def _deliver_feeds(self, connection: "psycopg.Connection[Any]", dt: str | date | None) -> None:
        for name in sorted({feed for feed, _ in self.feed_rows}):
            rows = [columns for feed, columns in self.feed_rows if feed == name]
            FeedTable(self.feeds[name]).prepare(connection)
            load_id = connection.execute(
                "insert into ops.load_manifest (feed, path, dt, status, rows_read, accepted)"
                " values (%s, 'test', %s, 'loaded', %s, %s) returning load_id",
                [name, dt, len(rows), len(rows)],
            ).fetchone()[0]
            for columns in rows:
                connection.execute(
                    f"insert into bronze.{name} ({', '.join(columns)}, dt, load_id)"
                    f" values ({', '.join(['%s'] * len(columns))}, %s, %s)",
                    [*columns.values(), dt, load_id],
                )
        self.feed_rows = []

    def value(self, metric: str, day: str, key: str = "all", segment: str = "all") -> object:
        """A value, as whole number where it is one; None: no row."""
        rows = self.rows(
            "select value from gold.metric_values where metric_id = %s and date = %s"
            " and segment_key = %s and segment_value = %s",
            metric, day, key, segment,
        )  # fmt: skip
        if not rows or rows[0][0] is None:
            return None
        return int(rows[0][0]) if rows[0][0] == int(rows[0][0]) else float(rows[0][0])


@pytest.fixture(scope="session")
def company(
    new_warehouse: Callable[[], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> Company:
    """Thirty people over seven weeks: rebuilt first, then published day by day, some of it late."""
    warehouse = new_warehouse()
    company = Company(
        warehouse, tmp_path_factory.mktemp("company"), lifecycle=LIFECYCLE, accounts=ACCOUNTS
    )
    chance = random.Random(7)
    late: list[tuple[date, tuple[Any, ...], dict[str, Any]]] = []
    for number in range(6):
        late += _run(company, f"account {number}", chance)
    for number in range(30):
        late += _live(company, f"user {number}", chance)
    for day in _days(FIRST, LAST):
        for _, event, more in [item for item in late if item[0] == day]:
            company.event(*event, **more)
        for number in range(chance.choice((0, 0, 1, 3))):
            _pay(company, day, number, chance)
        company.deliver(day)
        if day == REBUILT:
            company.rebuild(day)
        elif day > REBUILT:
            company.publish(day)
    return company


def _pay(company: Company, day: date, number: int, chance: random.Random) -> None:
    """A payment and a call of the API, of the day of their delivery or some days before."""
    at = _at(day - timedelta(days=chance.choice((0, 0, 0, 1, 4))), chance)
    company.row(
        "payments", invoice_id=f"{day} {number}", revenue_type="usage", processed_at=at,
        account_id=uid("payer"), currency="USD", amount=chance.randrange(1, 1000),
    )  # fmt: skip
    company.row(
        "ad_spend", spent_on=day - timedelta(days=7 * (day.day % 3)), platform="web",
        campaign=f"{day} {number}", amount=chance.randrange(50), currency="EUR",
        channel=(None, "search", "social")[number],
    )  # fmt: skip
    company.row(
        "api_usage", call_id=f"{day} {number}", called_at=at, response_time_ms=chance.randrange(900)
    )


def _days(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += timedelta(days=1)


def _at(day: date, chance: random.Random) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(
        minutes=chance.randrange(1440)
    )


def _run(
    company: Company, account: str, chance: random.Random
) -> list[tuple[date, tuple[Any, ...], dict[str, Any]]]:
    """An account that starts, changes, fails to pay and ends, now and then; some of it late."""
    created = FIRST + timedelta(days=chance.randrange(10))
    at, number = _at(created, chance), int(account[-1])
    company.account(account, at, country=COUNTRIES[number % 3])
    moved_at = str(at + timedelta(days=5 * number + 3))
    company.account(account, at, moved_at, country=COUNTRIES[(number + 1) % 3])
    tier, currency = chance.choice(("starter", "professional")), chance.choice(("USD", "EUR"))
    events = []
    for day in _days(created + timedelta(days=1), LAST):
        for kind, likely in (
            ("subscription_started", 0.1), ("subscription_changed", 0.2), ("payment_failed", 0.05),
            ("payment_recovered", 0.1), ("subscription_canceled", 0.03), ("account_deleted", 0.004),
        ):  # fmt: skip
            if chance.random() < likely:
                terms: dict[str, Any] = {}
                if kind in ("subscription_started", "subscription_changed"):
                    terms = {"mrr": chance.randrange(0, 200), "seats": chance.randrange(1, 6)}
                if kind == "subscription_started":
                    terms |= {"tier": tier, "currency": currency}
                if kind in ("subscription_changed", "subscription_canceled") and day.day % 2:
                    terms |= {"reason": f"reason {day.day % 3}"}
                delivered = min(day + timedelta(days=chance.choice((0, 0, 0, 2))), LAST)
                what = {"entity_type": "account", **terms}
                events.append((delivered, (account, _at(day, chance), kind), what))
    return events


def _live(
    company: Company, name: str, chance: random.Random
) -> list[tuple[date, tuple[Any, ...], dict[str, Any]]]:
    """Signup and moves at once, events with the day of their delivery."""
    signup = FIRST + timedelta(days=chance.randrange(25))
    company.person(
        name, _at(signup, chance), chance.choice(COUNTRIES), chance.choice(PLANS),
        f"account {chance.randrange(6)}", (None, "search", "social")[int(name[5:]) % 3],
    )  # fmt: skip
    for _ in range(chance.choice((0, 0, 1, 2))):
        moves = _at(signup + timedelta(days=chance.randrange(1, 40)), chance)
        company.becomes(name, moves, chance.choice(COUNTRIES), chance.choice(PLANS))
    temper, events, gone = chance.choice((0.05, 0.2, 0.5, 0.9)), [], False
    for day in _days(signup, LAST):
        at = _at(day, chance)
        if chance.random() < 0.015:
            kind = "user_restored" if gone else "user_deleted"
            gone = not gone
            reason = {} if gone is False else {"reason": chance.choice(("requested", "fraud"))}
            events.append((day, (name, at, kind, None), reason))
        elif chance.random() < 0.02:
            kind = chance.choice(("payment_failed", "payment_recovered"))
            events.append((day, (name, at, kind, None), {}))
        for kind, likely, metadata in (
            ("set_up", 0.02, {}), ("finished", 0.1, {"failed": chance.random() < 0.3}),
            ("gave_up", 0.03, {"error": "x"}), ("gave_up", 0.03, {}),
        ):  # fmt: skip
            if chance.random() < likely:
                company.event(name, _at(day, chance), kind, **metadata)
        if chance.random() < temper and chance.random() < 0.8:
            delay = timedelta(days=chance.choice((0, 0, 0, 0, 1, 3, 9)))
            what = chance.choice(("used", "used", "viewed"))
            where = chance.choice(("editor", "workspace", None))
            events.append((min(day + delay, LAST), (name, at, what, where), {}))
    return events

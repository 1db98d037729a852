"""Metrics of feeds, from files with late rows and corrections, beside a slow and obvious count."""

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import mean, median
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from lifecycle.world import World
from loading.builders import Landing
from metrics.naive_base import DAY, percentile, start_of
from monstera.definitions import load_definitions
from monstera.warehouse import Warehouse

ZONE = ZoneInfo("Asia/Kolkata")
RATES = {"INR": {date(2025, 1, 1): 1.0}, "USD": {date(2025, 1, 1): 80.0, date(2026, 2, 5): 90.0}}
COINS = ("INR",) * 9 + ("USD",) * 9 + ("XAU",)  # which has no rate
FIRST, LAST = date(2026, 1, 20), date(2026, 2, 16)
LATENESS = (-1, 0, 0, 0, 0, 0, 0, 1, 3, 20)  # days
GRAINS = {"day": "Daily", "week": "Weekly", "month": "Monthly"}
STATISTICS = ("count", "sum", "mean", "median", "p95")
BOOKINGS = {
    "id": "bookings",
    "key": ["booking_id"],
    "columns": {
        "booking_id": {"type": "string"}, "made_at": {"type": "timestamp"},
        "price": {"type": "number"}, "coin": {"type": "string"}, "branch": {"type": "string"},
    },
}  # fmt: skip
Row = dict[str, Any]
Values = dict[tuple[str, date, str, str], float | None]


def declared(statistic: str, grain: str) -> Row:
    """A metric of the prices of bookings, in the reporting currency and by branch."""
    formula = {"kind": "feed", "feed": "bookings", "at": "made_at", "statistic": statistic,
               "by": {"country": "branch"}}  # fmt: skip
    if statistic != "count":
        formula |= {"column": "price", "currency": "coin"}
    name = f"Bookings {GRAINS[grain]} {statistic.title()}"
    return {
        "id": name.lower().replace(" ", "_"), "name": name, "description": "x", "purpose": "x",
        "category": "outcome", "unit": "money", "grain": grain, "segments": ["country"],
        "formula": formula, "direction": "up",
        "owners": dict.fromkeys(("business", "technical", "dashboard", "backup"), "data"),
        "approval": [{"status": "approved", "date": date(2026, 1, 5), "by": "data"}],
    }  # fmt: skip


class Agency(World):
    """A world whose bookings are delivered as files."""

    def __init__(self, warehouse: Warehouse, folder: Path) -> None:
        for name, content in (
            ("feeds", [BOOKINGS]),
            ("metrics", [declared(s, g) for s in STATISTICS for g in GRAINS]),
        ):
            (folder / name).mkdir()
            (folder / name / "all.yaml").write_text(yaml.safe_dump(content))
        super().__init__(
            warehouse, folder, products={"desk": ""},
            lifecycle=f"business_time_zone: {ZONE}\n",
            accounts=yaml.safe_dump({
                "tiers": ["small"], "reporting_currency": "INR", "currency_rates": RATES,
            }),
        )  # fmt: skip
        self.landing = Landing(folder / "landing", warehouse, load_definitions(folder))
        self.bookings: dict[str, Row] = {}
        self.newest = date.min

    def deliver_bookings(self, day: date, rows: list[Row]) -> None:
        """A file of new and corrected rows."""
        self.landing.put(
            "bookings", [{**row, "made_at": row["made_at"].isoformat()} for row in rows], day
        )
        self.landing.load()
        self.bookings |= {row["booking_id"]: row for row in rows}
        self.newest = day

    def published(self) -> Values:
        """What readers see."""
        return {
            tuple(place): None if value is None else round(float(value), 6)
            for *place, value in self.rows(
                "select metric_id, date, segment_key, segment_value, value"
                " from gold.metric_values where metric_id like 'bookings%%'"
            )
        }

    def counted(self, last: date) -> Values:
        """The same, row by row."""
        dated = [(row["made_at"].astimezone(ZONE).date(), row) for row in self.bookings.values()]
        first = min((day for day, _ in dated), default=date.max)
        until = min(last, max((self.newest, *(day for day, _ in dated))))
        found: Values = {}
        for grain, named in GRAINS.items():
            groups: dict[tuple[date, str, str], list[float | None]] = defaultdict(list)
            day = first
            while day <= until:
                groups[start_of(grain, day), "all", "all"] = []
                day += DAY
            for day, row in dated:
                if day <= last:
                    for place in ("all", "all"), ("country", row["branch"] or "unknown"):
                        groups[start_of(grain, day), *place].append(in_rupees(row, day))
            for place, prices in groups.items():
                for statistic in STATISTICS:
                    if prices or statistic in ("count", "sum"):
                        metric = f"bookings_{named.lower()}_{statistic}"
                        found[metric, *place] = summary(statistic, prices)
        return found


def in_rupees(row: Row, day: date) -> float | None:
    """The price at the rate of the day; None: there is none."""
    rates = [rate for since, rate in RATES.get(row["coin"], {}).items() if since <= day]
    return row["price"] * rates[-1] if rates else None


def summary(statistic: str, prices: list[float | None]) -> float | None:
    """One number of the prices; None where one of them is not known."""
    if statistic == "count":
        return len(prices)
    known = [price for price in prices if price is not None]
    if len(known) < len(prices):
        return None
    return round({
        "sum": sum, "mean": mean, "median": median, "p95": lambda x: percentile(x, 0.95),
    }[statistic](known), 6)  # fmt: skip


def deliveries(chance: random.Random) -> Iterator[tuple[date, list[Row]]]:
    """Days with new bookings, some late or of the day after, and corrections of older ones."""
    bookings: list[Row] = []
    day = FIRST
    while day <= LAST:
        rows = [
            booking(
                f"{day} {number}",
                day - chance.choice((-1, 0, 0, 0, 0, 0, 0, 1, 3, 20)) * DAY,
                chance,
            )
            for number in range(chance.choice((0, 1, 2)))
        ]
        if bookings and chance.random() < 0.6:
            wrong = chance.choice(bookings)
            moved = wrong["made_at"] + chance.choice((-9, -1, 0, 0, 1, 8)) * DAY
            right = booking(wrong["booking_id"], moved.date(), chance)
            rows.append(right)
        bookings += rows
        yield day, rows
        day += chance.choice((1, 1, 1, 5)) * DAY


def booking(name: str, day: date, chance: random.Random) -> Row:
    """A booking at any minute of the day."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return {
        "booking_id": name, "made_at": midnight + timedelta(minutes=chance.randrange(1440)),
        "price": chance.randrange(500), "coin": chance.choice(COINS),
        "branch": chance.choice(("north", "south", None)),
    }  # fmt: skip


def test_every_publish_counts_what_the_rows_say(warehouse: Warehouse, tmp_path: Path) -> None:
    chance = random.Random(2)
    agency = Agency(warehouse, tmp_path)
    agency.user("somebody", datetime(2026, 1, 19, 12, tzinfo=UTC))
    agency.event("somebody", datetime(2026, 1, 19, 13, tzinfo=UTC), product="desk")
    agency.deliver()
    agency.publish(FIRST - DAY)
    for day, rows in deliveries(chance):
        if rows:
            agency.deliver_bookings(day, rows)
        if day.day % 4 == 0:  # what lies between is taken up at once
            agency.publish(day)
            assert agency.published() == agency.counted(day)
    agency.rebuild(day)
    assert agency.published() == agency.counted(day)

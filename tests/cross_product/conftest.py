"""A generated company whose people take up one product after the other, published bit by bit."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from lifecycle.world import World, by_publication
from monstera.warehouse import Warehouse

PRODUCTS = ("editor", "library", "workspace")
LIFECYCLE = "business_time_zone: UTC\nnew_days: 5\nactive_days: 10\nchurn_days: 25\n"
FIRST = date(2026, 1, 5)
PUBLISHED = [FIRST + timedelta(days=days) for days in (99, 100, 140, 171, 172, 230)]
LAST = PUBLISHED[-1]


class Company(World):
    """A world that remembers what its people did."""

    def __init__(self, warehouse: Warehouse, folder, **options) -> None:
        super().__init__(warehouse, folder, **options)
        self.said: dict[str, list[tuple[datetime, str, str | None]]] = {}

    def event(self, who, at, event_type="used", product=None, **options) -> None:
        """An event of a user."""
        super().event(who, at, event_type, product, **options)
        self.said.setdefault(who, []).append((at, event_type, product))


@pytest.fixture(scope="session")
def company(
    new_warehouse: Callable[[], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> Company:
    """Seventy people over 230 days; first a rebuild, then days; every tenth event comes late."""
    warehouse = new_warehouse()
    company = Company(
        warehouse,
        tmp_path_factory.mktemp("cross_product"),
        products=dict.fromkeys(PRODUCTS, ""),
        lifecycle=LIFECYCLE,
    )
    chance = random.Random(11)
    arrivals = []
    for number in range(70):
        name = f"user {number}"
        signup = FIRST + timedelta(days=chance.randrange(120))
        company.user(name, _at(signup, chance))
        company.said[name] = []
        arrivals += _live(name, signup, chance)
    for as_of, arrived in by_publication(arrivals, PUBLISHED):
        for _, event in arrived:
            company.event(*event)
        company.deliver()
        company.publish(as_of)
    return company


def _at(day: date, chance: random.Random) -> datetime:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return midnight + timedelta(seconds=chance.randrange(86_400))


def _live(name: str, signup: date, chance: random.Random) -> list:
    """Events with the day of their delivery: runs of activity in products taken up on the way."""
    events, tried, temper = [], [], chance.choice((0.02, 0.1, 0.3, 0.6))
    is_gone = False
    day = signup
    while day <= LAST:
        if chance.random() < 0.004:
            kind = "user_restored" if is_gone else "user_deleted"
            is_gone = not is_gone
            events.append((name, _at(day, chance), kind, None))
        if chance.random() < temper * (1 if day.month % 3 else 0.1):
            if (len(tried) < len(PRODUCTS) and chance.random() < 0.15) or not tried:
                tried.append(chance.choice([p for p in PRODUCTS if p not in tried]))
            what = chance.choice(("used", "used", "used", "viewed"))
            for _ in range(chance.choice((1, 1, 2, 4))):
                events.append((name, _at(day, chance), what, chance.choice([*tried, None])))
        day += timedelta(days=1)
    return [
        (event[1].date() + timedelta(days=chance.choice((0,) * 9 + (15,))), event)
        for event in events
        if event[1].date() <= LAST
    ]

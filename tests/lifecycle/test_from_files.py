"""From files to states, as an outsider would do it: days in any order of arrival, one late run and
a rebuild end in the same tables, under foreign definitions and in foreign time zones."""

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from lifecycle.world import stored
from monstera import pipeline
from monstera.settings import Settings
from monstera.warehouse import Warehouse

FIRST, DAYS, USERS = date(2024, 2, 20), 72, 20
LAST = FIRST + timedelta(days=DAYS)
DEFINITIONS = {
    "lifecycle.yaml": "business_time_zone: {zone}\nnew_days: 1\nactive_days: 2\nchurn_days: 4\n"
    "grace_days: 0\nmax_event_age_days: 90\n",
    "products/all.yaml": "- {{id: alpha, name: Alpha, state_time_thresholds: {{new_days: 3}},"
    " activation_definition: [{{events: [used, looked], timeframe_days: 1}}]}}\n"
    "- {{id: beta, name: Beta, state_time_thresholds: {{active_days: 1, churn_days: 1}}}}\n",
    "events/all.yaml": "- {{event_type: used, is_qualifying: true}}\n"
    "- {{event_type: looked, is_qualifying: false}}\n",
}
PAYMENTS = [
    "payment_failed", "payment_failed", "payment_method_expired", "payment_recovered",
    "subscription_canceled",
]  # fmt: skip


class Producer:
    """Writes what happened to somebody's users, some of it late, repeated or out of order."""

    def __init__(self, seed: int, zone: str) -> None:
        self._random = random.Random(seed)
        self._zone = ZoneInfo(zone)
        self.files: dict[tuple[str, date], list[dict[str, Any]]] = {}
        for number in range(USERS):
            self._live(f"Ü {number}")

    def write(self, landing: Path) -> None:
        """The landing zone, one file for each feed and day."""
        for (feed, dt), rows in self.files.items():
            self._random.shuffle(rows)
            file = landing / feed / f"dt={dt}" / "part.jsonl"
            file.parent.mkdir(parents=True)
            file.write_text("".join(json.dumps(row) + "\n" for row in rows))

    def _live(self, user: str) -> None:
        pick = self._random.choice
        signup = self._moment(FIRST, FIRST + timedelta(days=DAYS // 2))
        told_by = pick(["feed", "event", "both"])
        if told_by != "event":
            version = {"user_id": user, "updated_at": signup.isoformat()}
            self._deliver("users", signup, version | {"user_created_at": signup.isoformat()})
        if told_by != "feed":
            self._happen(user, "user_signed_up", signup)
        day = signup.date() - timedelta(days=2)
        while day < LAST:
            product = pick([{}, {"product_id": "alpha"}, {"product_id": "beta"}])
            self._happen(user, pick(["used", "looked"]), self._moment(day, day), **product)
            day += timedelta(days=pick([0, 1, 1, 2, 3, 5, 9]))
        for _ in range(pick([0, 2, 5])):
            self._happen(user, pick(PAYMENTS), self._moment(FIRST, LAST))
        moment = self._moment(FIRST, LAST)
        for number in range(pick([0, 0, 1, 2, 3, 4])):
            self._happen(user, ["user_deleted", "user_restored"][number % 2], moment)
            moment += timedelta(seconds=pick([1, 3_600, 40_000, 400_000]))

    def _moment(self, first: date, last: date) -> datetime:
        day = first + timedelta(days=self._random.randint(0, (last - first).days))
        time = self._random.choice(["00:00:00", "23:59:59.999", "12:00:00", "03:30:00"])
        local = datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=self._zone)
        return local.astimezone(UTC)

    def _happen(self, user: str, event_type: str, at: datetime, **metadata: str) -> None:
        offset = timezone(timedelta(hours=self._random.choice([-7, 0, 5.5])))
        event = {
            "event_id": str(self._random.getrandbits(64)), "entity_id": user,
            "entity_type": "user", "event_type": event_type, "location": "elsewhere",
            "timestamp": at.astimezone(offset).isoformat(), "metadata": metadata,
        }  # fmt: skip
        for _ in range(self._random.choice([1, 1, 1, 2])):
            self._deliver("events", at, event)

    def _deliver(self, feed: str, at: datetime, row: dict[str, Any]) -> None:
        delay = self._random.choice([0, 0, 1, 3, 30])
        dt = min(at.date() + timedelta(days=1 + delay), LAST)
        self.files.setdefault((feed, dt), []).append(row)


@pytest.fixture
def sites(
    tmp_path: Path, new_warehouse: Callable[[], Warehouse]
) -> Callable[[str], Iterator[tuple[Warehouse, Settings]]]:
    """Warehouses over one landing zone and one folder of definitions."""

    def make(zone: str) -> Iterator[tuple[Warehouse, Settings]]:
        for name, text in DEFINITIONS.items():
            file = tmp_path / "definitions" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text.format(zone=zone))
        while True:
            settings = Settings(
                home=tmp_path / "home", definitions=tmp_path / "definitions",
                landing_uri=str(tmp_path / "landing"), pseudonym_key="a foreign key",
            )  # fmt: skip
            warehouse = new_warehouse()
            pipeline.initialise(warehouse, settings)
            yield warehouse, settings

    return make


@pytest.mark.long
@pytest.mark.parametrize(
    ("seed", "zone"), [(1, "Africa/Cairo"), (2, "America/Santiago"), (3, "Pacific/Apia")]
)
def test_however_the_files_are_run_the_tables_are_the_same(
    sites: Callable[[str], Iterator[tuple[Warehouse, Settings]]],
    tmp_path: Path,
    seed: int,
    zone: str,
) -> None:
    """Within the days Cairo's clocks skip a midnight and Santiago's repeat the hour before one."""
    Producer(seed, zone).write(tmp_path / "landing")
    site = sites(zone)
    warehouse, settings = next(site)
    for day in range(0, DAYS + 1, 3):
        pipeline.run_day(warehouse, settings, FIRST + timedelta(days=day))
    daily = stored(warehouse)
    pipeline.rebuild_all(warehouse, settings, LAST, "test")
    assert stored(warehouse) == daily

    warehouse, settings = next(site)
    pipeline.run_day(warehouse, settings, LAST)
    assert stored(warehouse) == daily
    assert len(daily["silver.user_states"]) > USERS

"""What an outsider has: files of a producer, definitions, and several ways of running them."""

import json
import random
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from lifecycle.world import stored
from monstera import pipeline
from monstera.settings import Settings
from monstera.warehouse import Warehouse


class Producer:
    """Writes what happened, some of it late or out of order; who tells what is up to the heirs."""

    def __init__(self, seed: int, zone: str, last: date) -> None:
        self._random = random.Random(seed)
        self._zone = ZoneInfo(zone)
        self._last = last
        self._files: dict[tuple[str, date], list[dict[str, Any]]] = {}

    def write(self, landing: Path) -> None:
        """The landing zone, one file for each feed and day."""
        for (feed, dt), rows in self._files.items():
            self._random.shuffle(rows)
            file = landing / feed / f"dt={dt}" / "part.jsonl"
            file.parent.mkdir(parents=True)
            file.write_text("".join(json.dumps(row) + "\n" for row in rows))

    def _moment(self, first: date, last: date) -> datetime:
        day = first + timedelta(days=self._random.randint(0, (last - first).days))
        time = self._random.choice(["00:00:00", "23:59:59.999", "12:00:00", "03:30:00"])
        local = datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=self._zone)
        return local.astimezone(UTC)

    def _deliver(self, feed: str, at: datetime, row: dict[str, Any]) -> None:
        delay = self._random.choice([0, 0, 1, 3, 30])
        dt = min(at.date() + timedelta(days=1 + delay), self._last)
        self._files.setdefault((feed, dt), []).append(row)


def write_definitions(folder: Path, texts: Mapping[str, str], zone: str) -> None:
    """The files of a definitions folder, in a time zone."""
    for name, text in texts.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.format(zone=zone))


def same_tables_however_run(
    new_warehouse: Callable[[], Warehouse], folder: Path, first: date, last: date
) -> dict[str, Any]:
    """Runs `landing` and `definitions` of a folder every third day, rebuilds, and runs them once.

    Returns:
        The stored tables, the same in all three.
    """
    settings = Settings(
        home=folder / "home", definitions=folder / "definitions",
        landing_uri=str(folder / "landing"), pseudonym_key="a foreign key",
    )  # fmt: skip
    warehouse = new_warehouse()
    pipeline.initialise(warehouse, settings)
    for day in range(0, (last - first).days + 1, 3):
        pipeline.run_day(warehouse, settings, first + timedelta(days=day))
    daily = stored(warehouse)
    pipeline.recompute(warehouse, settings, last, "test")
    assert stored(warehouse) == daily

    warehouse = new_warehouse()
    pipeline.initialise(warehouse, settings)
    pipeline.run_day(warehouse, settings, last)
    assert stored(warehouse) == daily
    return daily

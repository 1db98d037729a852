"""Trouble in the files of a generated company, found by the rules that ship: the whole way.

pytest -m long tests/alerts/test_whole_way.py -s     prints the figures

`monstera generate` writes 81 days. The first 63 are history; then each day is loaded, published and
judged on the morning after, and an hour of the clock later once more. Half of the kinds of trouble
are the generator's own, the others are done to its files. A company of three months has much that
is unusual, so false alarms are counted here and judged by the year of `test_golden.py`.
"""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from monstera.alerts import evaluate, judge
from monstera.definitions import Definitions
from monstera.generate import Incident, generate
from monstera.pipeline import initialise, load_delivered, run_day
from monstera.settings import Settings
from monstera.warehouse import Warehouse

from .conftest import watch

START = date(2026, 6, 1)  # a Monday
HISTORY, WATCHED = 63, 18
FOUND_BY = {
    "volume_drop": {"events_volume_deviation"},
    "no_events": {"events_none", "events_volume_deviation"},  # who signs up is an event too
    "late_batch": {"events_volume_deviation"},
    "refused_rows": {"events_compliance_low"},
    "late_delivery": {"data_freshness"},
    "wrong_totals": {"reconciliation_off"},
}
GENERATED = ("volume_drop", "no_events", "late_batch")


def troubles() -> dict[date, str]:
    """One of each of six kinds, three days apart, in the order in which they are named."""
    return {
        START + timedelta(days=HISTORY + 1 + 3 * number): kind
        for number, kind in enumerate(FOUND_BY)
    }


def folder_of(settings: Settings, day: date) -> Path:
    return settings.home_path / "landing" / "events" / f"dt={day}"


def rows_in(folder: Path) -> int:
    packed = (file.read_bytes() for file in folder.glob("*.gz"))
    return sum(gzip.decompress(content).count(b"\n") for content in packed)


def refuse_rows(folder: Path) -> None:
    """Beside the day's rows, a file with a tenth as many that are no JSON."""
    (folder / "part-9999.jsonl").write_text("{broken\n" * (rows_in(folder) // 10))


def say_too_many(folder: Path) -> None:
    """Control totals of a twentieth more rows than there are."""
    (folder / "_control.json").write_text(json.dumps({"rows": rows_in(folder) * 21 // 20}))


@contextmanager
def held_back(folder: Path) -> Iterator[None]:
    """The delivery is not there yet."""
    elsewhere = folder.parent.parent.parent / folder.name
    folder.rename(elsewhere)
    yield
    elsewhere.rename(folder)


def live(warehouse: Warehouse, settings: Settings, definitions: Definitions, day: date) -> None:
    """Loads and publishes a day, judges it, and says of what it told that it was real."""
    run_day(warehouse, settings, day)
    evaluate(warehouse, definitions, day, after(day, hours=1), notify=True)
    watch(warehouse, definitions, after(day, hours=2, minutes=5))


def after(day: date, **later: int) -> datetime:
    return datetime.combine(day, time(), UTC) + timedelta(days=1, **later)


def told(warehouse: Warehouse) -> list[tuple[int, str, date, str]]:
    """Number, rule, day and verdict of the incidents that somebody was told of."""
    query = (
        "select incident_id, rule_id, (opened_at - interval '1 day')::date, verdict"
        " from ops.alert_incidents where notified_at is not null order by 1"
    )
    with warehouse.connect() as connection:
        return connection.execute(query).fetchall()


@pytest.mark.long
def test_trouble_in_files_is_found_the_whole_way(
    warehouse: Warehouse, shipped: Definitions, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, warehouse_url=warehouse.url, pseudonym_key="a key")
    wanted = troubles()
    generate(
        tmp_path, definitions=shipped, users=600, days=HISTORY + WATCHED, start=START, seed=5,
        incidents=tuple(Incident(k, day) for day, k in wanted.items() if k in GENERATED),
    )  # fmt: skip
    initialise(warehouse, settings)
    run_day(warehouse, settings, START + timedelta(days=HISTORY - 1))

    for number in range(HISTORY, HISTORY + WATCHED):
        day = START + timedelta(days=number)
        kind, folder = wanted.get(day), folder_of(settings, day)
        if kind == "refused_rows":
            refuse_rows(folder)
        if kind == "wrong_totals":
            say_too_many(folder)
        if kind == "late_delivery":
            with held_back(folder):
                live(warehouse, settings, shipped, day)
            load_delivered(warehouse, settings, until_dt=day)
        else:
            live(warehouse, settings, shipped, day)
        for incident_id, rule, on, verdict in told(warehouse):
            if verdict is None and rule in FOUND_BY.get(wanted.get(on, ""), ()):
                judge(warehouse, incident_id, "true_positive", "ada", after(day, hours=3))

    found = told(warehouse)
    hits = Counter(
        kind
        for day, kind in wanted.items()
        if any(on == day and rule in FOUND_BY[kind] for _, rule, on, _ in found)
    )
    false = [
        (rule, str(on))
        for _, rule, on, _ in found
        if not any(timedelta() <= on - day <= timedelta(days=2) for day in wanted)
    ]
    print(f"\nnot found: {[(k, str(d)) for d, k in wanted.items() if k not in hits]}", found)
    print(f"found {hits.total()} of {len(wanted)}: {dict(hits)}")
    print(f"{len(found)} told, {len(false)} where nothing was done: {Counter(r for r, _ in false)}")
    assert hits.total() == len(wanted)

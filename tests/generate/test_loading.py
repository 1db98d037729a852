"""A warehouse that loads the generated files finds what their truth says."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from generate.reading import table
from monstera.definitions import Definitions, compile_definitions
from monstera.generate import generate
from monstera.loading import load
from monstera.loading.pseudonyms import Pseudonyms
from monstera.warehouse import Warehouse

START, DAYS = date(2026, 2, 20), 28
PSEUDONYMS = Pseudonyms("a key for this test")


@pytest.fixture(scope="module")
def company(definitions: Definitions, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Few days, much trouble, and a change of the clocks."""
    folder = tmp_path_factory.mktemp("company")
    generate(
        folder, definitions=definitions, users=300, days=DAYS, start=START, seed=5,
        shape="demo", broken_share=0.04, duplicate_share=0.03, late_share=0.03,
        announced_late_share=0.05,
    )  # fmt: skip
    return folder


@pytest.fixture
def defined(warehouse: Warehouse, definitions: Definitions) -> Warehouse:
    with warehouse.transaction() as connection:
        compile_definitions(connection, definitions)
    return warehouse


def find(warehouse: Warehouse, query: str) -> list[tuple[object, ...]]:
    with warehouse.transaction() as connection:
        return connection.execute(query.encode()).fetchall()


def check_outcome(warehouse: Warehouse, folder: Path) -> None:
    """Quarantine, events and activity, once everything is loaded and replayed."""
    quarantined = {
        (path, reason): rows
        for path, reason, rows in find(
            warehouse,
            "select path, unnest(reasons), count(*) from bronze.event_quarantine group by 1, 2",
        )
    }
    expected = {(r["path"], r["reason"]): int(r["rows"]) for r in table(folder, "quarantine")}
    assert quarantined == expected
    assert len({reason for _, reason in expected}) > 15
    days = {
        str(day): (accepted, active, qualifying)
        for day, accepted, active, qualifying in find(
            warehouse,
            "select occurred_on, count(*),"
            " count(distinct user_id) filter (where is_qualifying_event),"
            " count(*) filter (where is_qualifying_event) from bronze.events group by 1",
        )
    }
    assert days == {
        row["date"]: tuple(
            int(row[name]) for name in ("accepted_events", "active_users", "qualifying_events")
        )
        for row in table(folder, "days")
    }
    products = {
        (str(day), product): (active, qualifying)
        for day, product, active, qualifying in find(
            warehouse,
            "select occurred_on, product_id, count(distinct user_id), count(*) from bronze.events"
            " where is_qualifying_event and product_id is not null group by 1, 2",
        )
    }
    assert products == {
        (row["date"], row["product_id"]): (int(row["active_users"]), int(row["qualifying_events"]))
        for row in table(folder, "products")
    }


def manifest(warehouse: Warehouse) -> dict[str, tuple[int, ...]]:
    """Rows read, accepted, duplicate and quarantined of each file loaded."""
    found = find(
        warehouse,
        "select path, rows_read, accepted, duplicate, quarantined from ops.load_manifest"
        " where kind = 'file'",
    )
    return {str(path): tuple(int(str(count)) for count in counts) for path, *counts in found}


def expected_manifest(folder: Path, *feeds: str) -> dict[str, tuple[int, ...]]:
    names = ("rows", "accepted", "duplicate", "quarantined")
    return {
        row["path"]: tuple(int(row[name]) for name in names)
        for row in table(folder, "files")
        if row["feed"] in feeds
    }


def test_loading_everything_at_once(
    defined: Warehouse, definitions: Definitions, company: Path
) -> None:
    load(
        defined,
        definitions,
        (company / "landing").as_uri(),
        PSEUDONYMS,
        feeds=("users", "accounts", "events"),
    )
    assert manifest(defined) == expected_manifest(company, "users", "accounts", "events")
    check_outcome(defined, company)


def test_loading_further_feeds(defined: Warehouse, definitions: Definitions, company: Path) -> None:
    feeds = ("payments", "support_tickets", "ad_spend")
    load(defined, definitions, (company / "landing").as_uri(), PSEUDONYMS, feeds=feeds)
    assert manifest(defined) == expected_manifest(company, *feeds)


def test_loading_day_by_day(defined: Warehouse, definitions: Definitions, company: Path) -> None:
    for number in range(DAYS):
        load(
            defined,
            definitions,
            (company / "landing").as_uri(),
            PSEUDONYMS,
            until_dt=START + timedelta(days=number),
        )
    waiting: Counter[str] = Counter()
    for path, quarantined in find(
        defined,
        "select path, quarantined from ops.load_manifest where kind = 'file' and feed = 'events'",
    ):
        waiting[str(path)] = int(str(quarantined))
    files = [row for row in table(company, "files") if row["feed"] == "events"]
    assert waiting == {r["path"]: int(r["quarantined"]) + int(r["waiting"]) for r in files}
    check_outcome(defined, company)

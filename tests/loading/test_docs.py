"""The rows that README.md and docs/connectors.md show are taken as they stand."""

import json
import re
from pathlib import Path

import pytest

from monstera.definitions import compile_definitions, load_definitions
from monstera.loading.contracts import OPTIONAL_EVENT_FIELDS, REQUIRED_EVENT_FIELDS
from monstera.loading.entity_tables import ACCOUNTS, USERS
from monstera.settings import PROJECT
from monstera.warehouse import Warehouse

from .builders import Landing

CONNECTORS = (PROJECT / "docs" / "connectors.md").read_text()
FEED_BY_KEY = {"entity_id": "events", "user_id": "users", "account_id": "accounts"}


def rows(text: str) -> dict[str, list[dict[str, object]]]:
    """What the JSON of a page delivers, by feed."""
    found: dict[str, list[dict[str, object]]] = {}
    for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL):
        row = json.loads(block)
        found.setdefault(FEED_BY_KEY[next(iter(row))], []).append(row)
    return found


@pytest.mark.parametrize(("page", "count"), [("README.md", 2), ("docs/connectors.md", 3)])
def test_rows_that_are_shown_are_accepted(
    page: str, count: int, warehouse: Warehouse, tmp_path: Path
) -> None:
    definitions = load_definitions(PROJECT / "include" / "definitions")
    with warehouse.transaction() as connection:
        compile_definitions(connection, definitions)
    landing = Landing(tmp_path / "landing", warehouse, definitions)
    for feed, delivered in rows((PROJECT / page).read_text()).items():
        landing.put(feed, delivered)
    totals = landing.load().totals
    assert (totals.accepted, totals.quarantined) == (count, 0)
    assert totals.unknown_columns == {}


def test_every_column_is_named() -> None:
    shown = {feed: set(found[0]) for feed, found in rows(CONNECTORS).items()}
    assert shown["users"] == {*USERS}
    assert shown["accounts"] == {*ACCOUNTS}
    fields = re.findall(r"^\| `(\w+)` \|", CONNECTORS, re.MULTILINE)
    assert fields == [*REQUIRED_EVENT_FIELDS, *fields[5:]]
    assert {*fields[5:]} == {*OPTIONAL_EVENT_FIELDS}

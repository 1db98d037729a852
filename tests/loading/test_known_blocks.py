"""Rows that come again: counted as duplicates without a second look, while that holds."""

from collections.abc import Iterator

import pytest

from monstera.definitions import load_definitions
from monstera.loading.events import EventReader
from monstera.loading.manifest import Counts

from .builders import PSEUDONYMS, Landing, event, user

EVENTS = [event(f"{number}", entity_id=f"u{number % 3}", note="x") for number in range(6)]


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Numbers of rows of the blocks that are parsed from now on."""
    numbers: list[int] = []
    read = EventReader.read

    def reading(reader, block, dt):  # type: ignore[no-untyped-def]
        numbers.append(len(block.lines))
        return read(reader, block, dt)

    monkeypatch.setattr(EventReader, "read", reading)
    yield numbers


def _again(landing: Landing, parsed: list[int], rows: "list[object]") -> tuple[Counts, list[int]]:
    """Delivers the rows in another file: what is counted, and what was parsed."""
    parsed.clear()
    landing.put("events", rows, name="again.jsonl.gz")  # type: ignore[arg-type]
    return landing.load().files[-1].counts, list(parsed)


def _first(landing: Landing, rows: "list[object]") -> None:
    landing.put("users", [user(f"u{number}") for number in range(3)])
    landing.put("events", rows)  # type: ignore[arg-type]
    landing.load()


def test_known_rows_are_counted_and_not_parsed(landing: Landing, parsed: list[int]) -> None:
    _first(landing, EVENTS)
    counts, numbers = _again(landing, parsed, EVENTS)
    assert numbers == []
    assert (counts.rows_read, counts.accepted, counts.duplicate) == (6, 0, 6)
    assert counts.unknown_columns == {"note": 6}
    assert landing.rows("select count(*) from bronze.events") == [6]


def test_a_block_with_another_row_is_parsed(landing: Landing, parsed: list[int]) -> None:
    _first(landing, EVENTS)
    counts, numbers = _again(landing, parsed, [*EVENTS, event("7", entity_id="u1")])
    assert numbers == [7]
    assert (counts.accepted, counts.duplicate) == (1, 6)


@pytest.mark.parametrize("bad", [event("9", entity_id="stranger", note="x"), b"nonsense"])
def test_of_a_block_with_a_refused_row_only_that_is_parsed(
    landing: Landing, parsed: list[int], bad: object
) -> None:
    rows = [*EVENTS[:3], bad, *EVENTS[3:]]
    _first(landing, rows)
    first = landing.rows("select unknown_columns from ops.load_manifest where feed = 'events'")
    counts, numbers = _again(landing, parsed, rows)
    assert numbers == [1]
    assert (counts.rows_read, counts.duplicate, counts.quarantined) == (7, 6, 1)
    assert [counts.unknown_columns] == first
    assert list(landing.reasons()) == [4]


def test_a_refused_row_of_a_known_block_is_accepted_once_it_is_good(
    landing: Landing, parsed: list[int]
) -> None:
    rows = [*EVENTS, event("9", entity_id="u9")]
    _first(landing, rows)
    landing.put("users", [user("u9")], name="later.jsonl")
    landing.load()
    counts, numbers = _again(landing, parsed, rows)
    assert numbers == [1]
    assert (counts.duplicate, counts.quarantined) == (7, 0)


def test_two_rows_are_not_one_of_the_same_text(landing: Landing, parsed: list[int]) -> None:
    rows = [b"{}", b"{}"]
    _first(landing, rows)
    counts, _ = _again(landing, parsed, [b"{}{}"])
    assert (counts.rows_read, counts.quarantined) == (1, 1)


def test_after_an_erasure_a_block_is_parsed(landing: Landing, parsed: list[int]) -> None:
    _first(landing, EVENTS)
    with landing.warehouse.transaction() as connection:
        token = PSEUDONYMS.token("u1")
        connection.execute("insert into ops.suppressed_entities (entity_id) values (%s)", [token])
        connection.execute("delete from bronze.events where entity_id = %s", [token])
    counts, numbers = _again(landing, parsed, EVENTS)
    assert numbers == [6]
    assert (counts.duplicate, counts.suppressed) == (4, 2)


def test_under_other_definitions_a_block_is_parsed(landing: Landing, parsed: list[int]) -> None:
    _first(landing, EVENTS)
    folder = landing.folder.parent / "definitions"
    file = folder / "events" / "all.yaml"
    file.write_text(file.read_text().replace("format: {type: string", "format: {type: integer"))
    landing.definitions = load_definitions(folder)
    counts, numbers = _again(landing, parsed, EVENTS)
    assert numbers == [6]
    assert counts.quarantined == 6


def test_once_its_events_are_gone_a_block_is_loaded_again(
    landing: Landing, parsed: list[int]
) -> None:
    _first(landing, EVENTS)
    with landing.warehouse.transaction() as connection:
        connection.execute("drop table bronze.events_2026_01")
    counts, numbers = _again(landing, parsed, EVENTS)
    assert numbers == [6]
    assert counts.accepted == 6

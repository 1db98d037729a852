"""Further feeds: a table for each, made from its definition."""

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from monstera.definitions import load_definitions
from monstera.loading import replay
from monstera.loading.manifest import Counts

from .builders import DT, PSEUDONYMS, Landing

FEED = """
- id: tickets
  description: What customers ask for.
  key: [ticket_id]
  columns:
    ticket_id: {type: string}
    account_id: {type: string, required: true, pseudonym: true}
    status: {type: string, description: open or closed}
    points: {type: integer}
    cost: {type: number}
    is_urgent: {type: boolean}
    opened_at: {type: timestamp}
    due_on: {type: date}
    labels: {type: array}
"""
TICKET = {
    "ticket_id": "t1",
    "account_id": "a1",
    "status": "open",
    "points": 3,
    "cost": 1.5,
    "is_urgent": True,
    "opened_at": "2026-01-05T00:00:00Z",
    "due_on": "2026-01-09",
    "labels": ["a", "b"],
}


@pytest.fixture
def tickets(landing: Landing) -> Landing:
    folder = landing.folder.parent / "definitions"
    (folder / "feeds").mkdir()
    (folder / "feeds" / "tickets.yaml").write_text(FEED)
    landing.definitions = load_definitions(folder)
    return landing


def test_a_feed_in_csv_gives_the_same_row(tickets: Landing) -> None:
    columns = {name: json.dumps(value) if isinstance(value, list) else str(value)
               for name, value in TICKET.items()}  # fmt: skip
    out = io.StringIO()
    writer = csv.DictWriter(out, columns)
    writer.writeheader()
    writer.writerow(columns)
    tickets.put("tickets", [TICKET])
    tickets.put("tickets", out.getvalue().encode(), name="part-1.csv")
    counts = tickets.load().totals
    assert (counts.accepted, counts.duplicate, counts.quarantined) == (1, 1, 0)


def test_a_feed_becomes_a_table(tickets: Landing) -> None:
    tickets.put(
        "tickets",
        [TICKET, {**TICKET, "note": "unknown"}, {**TICKET, "ticket_id": None},
         {**TICKET, "ticket_id": "t2", "points": "3"}, {**TICKET, "account_id": None}],
    )  # fmt: skip
    report = tickets.load()
    counts = report.totals
    assert (counts.accepted, counts.duplicate, counts.quarantined) == (1, 1, 3)
    assert counts.unknown_columns == {"note": 1}
    stored = tickets.rows("select t.* from bronze.tickets t")
    assert stored[0][:-1] == (
        "t1", PSEUDONYMS.token("a1"), "open", 3, 1.5, True, datetime(2026, 1, 5, tzinfo=UTC),
        date(2026, 1, 9), ["a", "b"], date(2026, 1, 31),
    )  # fmt: skip
    assert tickets.reasons() == {
        3: ["missing_field:ticket_id"],
        4: ["wrong_type:points"],
        5: ["missing_field:account_id"],
    }
    comments = tickets.rows(
        "select count(*) from pg_attribute"
        " where attrelid = 'bronze.tickets'::regclass and attnum > 0"
        " and col_description(attrelid, attnum) is null"
    )
    assert comments == [0]


def test_the_last_delivery_of_a_key_stands_in_any_order(tickets: Landing) -> None:
    deliveries = [
        (date(2026, 2, 1), TICKET),
        (date(2026, 2, 2), {**TICKET, "status": "closed"}),
        (date(2026, 2, 2), {**TICKET, "status": "answered"}),
        (date(2026, 2, 3), {**TICKET, "points": None}),
        (date(2026, 2, 4), TICKET),
    ]
    for order in list(permutations(deliveries))[::17]:
        for number, (dt, row) in enumerate(order):
            tickets.put("tickets", [row, {"line": number}], dt, f"{number}.jsonl")
            tickets.load()
        assert tickets.rows("select status, points, dt from bronze.tickets") == [
            ("open", 3, date(2026, 2, 4))
        ]
        with tickets.warehouse.connect() as connection:
            connection.execute("truncate bronze.tickets, ops.load_manifest cascade")
        for file in tickets.folder.rglob("*.jsonl"):
            file.unlink()


def test_a_new_column_is_added(tickets: Landing) -> None:
    tickets.put("tickets", [TICKET])
    tickets.load()
    file = tickets.folder.parent / "definitions" / "feeds" / "tickets.yaml"
    file.write_text(FEED + "    channel: {type: string}\n")
    tickets.definitions = load_definitions(file.parent.parent)
    tickets.put("tickets", [{**TICKET, "ticket_id": "t2", "channel": "chat"}], name="2.jsonl")
    tickets.load()
    assert tickets.rows("select channel from bronze.tickets order by ticket_id") == [None, "chat"]


def test_records_are_replayed_once_their_definition_allows_them(tickets: Landing) -> None:
    account = {"account_id": None, "status": ""}
    tickets.put("tickets", [{**TICKET, **account}, {**TICKET, "ticket_id": None, **account}])
    tickets.put("tickets", [{**TICKET, **account, "ticket_id": "t2"}], date(2026, 2, 1))
    assert tickets.load().totals.quarantined == 3
    assert [counts.accepted for counts in _replay(tickets)] == [0, 0]

    _redefine(tickets, FEED.replace("required: true, ", ""))
    done = _replay(tickets)
    assert [(counts.rows_read, counts.accepted, counts.quarantined) for counts in done] == [
        (2, 1, 1),
        (1, 1, 0),
    ]
    assert tickets.rows("select ticket_id, status, dt from bronze.tickets order by ticket_id") == [
        ("t1", None, DT),
        ("t2", None, date(2026, 2, 1)),
    ]
    assert tickets.reasons() == {2: ["missing_field:account_id", "missing_field:ticket_id"]}
    replays = tickets.rows("select feed, dt from ops.load_manifest where kind = 'replay'")
    assert replays[2:] == [("tickets", DT), ("tickets", date(2026, 2, 1))]


def test_a_replayed_record_does_not_displace_a_later_one(tickets: Landing) -> None:
    tickets.put("tickets", [{**TICKET, "account_id": None}])
    tickets.put("tickets", [{**TICKET, "points": 9}], date(2026, 2, 1))
    tickets.load()
    _redefine(tickets, FEED.replace("required: true, ", ""))
    assert [(counts.accepted, counts.duplicate) for counts in _replay(tickets)] == [(0, 1)]
    assert tickets.rows("select points from bronze.tickets") == [9]


def test_a_record_is_not_replayed_with_a_token_for_what_was_no_id(tickets: Landing) -> None:
    tickets.put("tickets", [{**TICKET, "account_id": 7}])
    tickets.load()
    assert _replay(tickets) == []
    assert tickets.reasons() == {1: ["wrong_type:account_id"]}


def test_a_column_called_an_id_is_a_pseudonym_unless_it_says_otherwise(tickets: Landing) -> None:
    ids = "    user_id: {type: string}\n    ad_account_id: {type: string, pseudonym: false}\n"
    _redefine(tickets, FEED + ids)
    tickets.put("tickets", [{**TICKET, "user_id": "u1", "ad_account_id": "ad-1"}])
    tickets.load()
    stored = tickets.rows("select user_id, ad_account_id from bronze.tickets")
    assert stored == [(PSEUDONYMS.token("u1"), "ad-1")]


def _redefine(landing: Landing, feed: str) -> None:
    folder = landing.folder.parent / "definitions"
    (folder / "feeds" / "tickets.yaml").write_text(feed)
    landing.definitions = load_definitions(folder)


def _replay(landing: Landing) -> list[Counts]:
    return replay(landing.warehouse, landing.definitions, reasons=[])


def test_the_manifest_says_from_which_day_a_row_was_moved(tickets: Landing) -> None:
    moved = {**TICKET, "opened_at": "2026-01-07T00:00:00Z", "due_on": "2026-01-08"}
    for day, ticket in enumerate((TICKET, {**moved, "status": "closed"}, {**moved, "points": 9})):
        tickets.put("tickets", [ticket], DT + timedelta(days=day))
    tickets.load()
    # from the 5th to the 7th, and the 9th to the 8th; then nothing moves
    manifest = tickets.rows("select moved_from from ops.load_manifest order by load_id")
    assert manifest == [None, date(2026, 1, 5), None]

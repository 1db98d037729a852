"""The order and repetition of delivery do not matter; what was lacking may come later."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monstera.definitions import compile_definitions
from monstera.loading import replay
from monstera.warehouse import Warehouse

from .builders import EVENTS, PRODUCTS, PSEUDONYMS, Landing, account, definitions, event, user

SIGNUP = event("s", event_type="user_signed_up", metadata=None, timestamp="2026-01-10T00:00:00Z")
DELETED = event("d", event_type="user_deleted", metadata=None, timestamp="2026-01-20T12:00:00Z")
RESTORED = event("r", event_type="user_restored", metadata=None, timestamp="2026-01-25T12:00:00Z")
NAMES = {"later_type": EVENTS + "- {event_type: later_type, is_qualifying: true}\n"}


def test_a_signup_makes_known_whatever_the_order_of_lines(landing: Landing) -> None:
    landing.put("events", [event("1"), SIGNUP, event("2", timestamp="2026-01-09T23:59:59Z")])
    totals = landing.load().totals
    assert (totals.accepted, totals.quarantined) == (2, 1)
    assert landing.reasons() == {3: ["before_signup"]}


def test_quarantined_events_come_back_with_what_they_lacked(landing: Landing) -> None:
    landing.put(
        "events",
        [
            event("1"),
            event("2", entity_id="a1", entity_type="account"),
            event("3", entity_type="visitor", event_type="later_type"),
            event("4", entity_type="visitor", event_type="login",
                  metadata={"product_id": "new_product"}),
            event("5", timestamp="2026-01-05T00:00:00Z"),
        ],
    )  # fmt: skip
    assert landing.load().totals.quarantined == 5
    assert landing.load().replays == []

    landing.put("accounts", [account()])
    landing.put("users", [user(user_created_at="2026-01-10T00:00:00Z")])
    report = landing.load()
    assert [(counts.rows_read, counts.accepted) for counts in report.replays] == [(3, 2)]
    assert landing.reasons()[5] == ["before_signup"]

    earlier = user(user_created_at="2026-01-04T00:00:00Z", updated_at="2026-01-11T00:00:00Z")
    landing.put("users", [earlier], name="2.jsonl")
    assert [counts.accepted for counts in landing.load().replays] == [1]

    landing.definitions = definitions(
        landing.folder.parent / "definitions",
        events=NAMES["later_type"],
        products=PRODUCTS + "- {id: new_product, name: New Product}\n",
    )
    assert [counts.accepted for counts in landing.load().replays] == [2]
    assert landing.reasons() == {}
    kinds = landing.rows(
        "select kind, rows_read, accepted from ops.load_manifest where kind = 'replay'"
        " order by load_id"
    )
    assert kinds == [("replay", 3, 2), ("replay", 1, 1), ("replay", 2, 2)]
    products = landing.rows("select product_id from bronze.events where event_type = 'logged_in'")
    assert products == ["new_product"]


def test_an_event_delivered_again_while_in_quarantine_is_stored_once(landing: Landing) -> None:
    landing.put("events", [event()])
    landing.load()
    landing.put("users", [user()])
    landing.put("events", [event(), event("e2")], date(2026, 2, 3))
    report = landing.load()
    assert [(counts.accepted, counts.duplicate) for counts in report.replays] == [(0, 1)]
    assert landing.rows("select count(*) from bronze.events") == [2]
    assert landing.reasons() == {}


def test_deleted_until_restored(landing: Landing) -> None:
    during = "2026-01-22T00:00:00Z"
    landing.put("events", [
        SIGNUP, DELETED,
        event("at", timestamp=DELETED["timestamp"]),
        event("during", timestamp=during),
        event("before", timestamp="2026-01-20T11:59:59Z"),
        event("after", timestamp=RESTORED["timestamp"]),
    ])  # fmt: skip
    landing.load()
    assert landing.reasons() == {line: ["entity_deleted"] for line in (3, 4, 6)}
    landing.put("events", [RESTORED], date(2026, 2, 2))
    assert [counts.accepted for counts in landing.load().replays] == [1]
    assert landing.reasons() == {line: ["entity_deleted"] for line in (3, 4)}
    gone = event("x", entity_id="a1", entity_type="account", event_type="account_deleted",
                 metadata=None)  # fmt: skip
    created = {**gone, "event_id": "c", "event_type": "account_created",
               "timestamp": "2026-01-02T00:00:00Z"}  # fmt: skip
    paid = {**gone, "event_id": "p", "event_type": "payment_recovered"}
    landing.put("events", [gone, created, paid], date(2026, 2, 3))
    landing.load()
    assert landing.rows(
        "select reasons from bronze.event_quarantine where event_type = 'payment_recovered'"
    )[0] == ["entity_deleted"]


def test_replay_by_name_tries_what_new_definitions_allow(landing: Landing) -> None:
    bad = event("1", entity_type="visitor", metadata={"duration_seconds": 5})
    landing.put("events", [bad, event("2", entity_type="visitor", location=None)])
    landing.load()
    declared = definitions(
        landing.folder.parent / "definitions", events=EVENTS.replace(", required: true", "")
    )
    assert replay(landing.warehouse, declared) == []
    done = replay(landing.warehouse, declared, reasons=["missing_metadata:format"])
    assert [(counts.rows_read, counts.accepted) for counts in done] == [(1, 1)]
    assert landing.reasons() == {2: ["missing_field:location"]}


def test_an_admin_who_turns_out_to_be_a_user_is_given_their_events(landing: Landing) -> None:
    landing.put("events", [event("1", entity_type="admin"), event("2", entity_type="admin",
                                                                  entity_id="staff")])  # fmt: skip
    landing.load()
    landing.put("users", [user()])
    landing.load()
    assert landing.rows("select entity_id from bronze.events where user_id = entity_id") == [
        PSEUDONYMS.token("u1")
    ]
    assert landing.rows(
        "select rows_read, first_occurred_on from ops.load_manifest where kind = 'replay'"
    ) == [(0, date(2026, 1, 20))]
    assert landing.load().files == []
    assert landing.rows("select count(*) from ops.load_manifest where kind = 'replay'") == [1]


def _history() -> list[tuple[str, dict[str, Any]]]:
    """Rows of every feed, with facts that events depend on."""
    rows: list[tuple[str, dict[str, Any]]] = [
        ("users", user("u1", user_created_at="2026-01-04T00:00:00Z")),
        (
            "users",
            user("u1", user_created_at="2026-01-06T00:00:00Z", updated_at="2026-01-08T00:00:00Z"),
        ),
        ("users", user("u2", user_created_at=None)),
        ("accounts", account("a1")),
        ("accounts", account("a1", updated_at="2026-01-20T00:00:00Z", total_seats=9)),
    ]
    for name in ("u3", "u4"):
        rows += [
            ("events", {**fact, "event_id": f"{name}{fact['event_id']}", "entity_id": name})
            for fact in (SIGNUP, DELETED, RESTORED)
        ]
    for number in range(40):
        day = date(2026, 1, 1) + timedelta(days=number * 7 % 28)
        entity = ("u1", "u2", "u3", "u4", "nobody")[number % 5]
        rows.append(("events", event(f"e{number}", entity_id=entity, timestamp=f"{day}T06:00:00Z")))
    rows.append(("events", event("admin", entity_id="u1", entity_type="admin")))
    rows.append(("events", event("pay", entity_id="a1", entity_type="account",
                                 event_type="payment_failed", metadata=None)))  # fmt: skip
    return rows


STORED = """
select 'event ' || (to_jsonb(e) - 'load_id' - 'received_at')::text
from bronze.events as e
where user_id is null or not exists (  -- those that later facts exclude, the engine leaves out
    select from bronze.user_signups as s
    where s.user_id = e.user_id and e.occurred_on < (s.signed_up_at at time zone 'UTC')::date
) and coalesce((
    select f.event_type from bronze.entity_facts as f
    where f.entity_id = e.entity_id and f.event_type in ('user_deleted', 'user_restored')
        and f.occurred_at <= e.occurred_at
    order by f.occurred_at desc limit 1
), '') <> 'user_deleted' or event_type like 'user_%%'
union all select 'fact ' || (to_jsonb(f) - 'load_id')::text from bronze.entity_facts as f
union all select 'user ' || (to_jsonb(u) - 'load_id')::text from bronze.users as u
union all select 'account ' || (to_jsonb(a) - 'load_id')::text from bronze.accounts as a
union all select 'signup ' || (to_jsonb(s) - 'load_id')::text from bronze.user_signups as s
union all
select distinct 'known ' || id
from (
    select event_id::text from bronze.events
    union all select raw::jsonb ->> 'event_id' from bronze.event_quarantine
) as ids (id)
order by 1
"""


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**6), files=st.integers(1, 12), loads=st.integers(1, 4),
       repeated=st.floats(0, 0.5))  # fmt: skip
def test_any_arrival_order_chunking_and_repetition_ends_in_the_same_tables(
    new_warehouse: Callable[[], Warehouse],
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    files: int,
    loads: int,
    repeated: float,
) -> None:
    chance = random.Random(seed)
    rows = _history()
    arrivals = rows + [row for row in rows if chance.random() < repeated]
    chance.shuffle(arrivals)
    assert _tables(
        new_warehouse(), tmp_path_factory.mktemp("order"), arrivals, files, loads
    ) == _tables(new_warehouse(), tmp_path_factory.mktemp("order"), rows, 1, 1)


def _tables(
    warehouse: Warehouse, folder: Path, arrivals: list[Any], files: int, loads: int
) -> list[str]:
    declared = definitions(folder / "definitions")
    landing = Landing(folder / "landing", warehouse, declared)
    with landing.warehouse.transaction() as connection:
        compile_definitions(connection, declared)
    for number in range(files):
        for feed in ("users", "accounts", "events"):
            part = [row for at, row in arrivals[number::files] if at == feed]
            if part:
                landing.put(feed, part, date(2026, 2, 1) + timedelta(days=number))
        if number % max(files // loads, 1) == 0:
            landing.load()
    landing.load()
    read, counted = landing.rows(
        "select sum(rows_read), sum(accepted + duplicate + quarantined + suppressed)"
        " from ops.load_manifest where kind = 'file'"
    )[0]
    assert read == counted
    return landing.rows(STORED)

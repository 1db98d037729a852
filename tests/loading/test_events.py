"""What is stored of an accepted event, and that it is stored once."""

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monstera.definitions import compile_definitions
from monstera.transforms import read_sql
from monstera.warehouse import Warehouse

from .builders import DT, PSEUDONYMS, Landing, account, definitions, event, user


@pytest.fixture
def inhabited(landing: Landing) -> Landing:
    """With the user `u1` and the account `a1`."""
    landing.put("users", [user()])
    landing.put("accounts", [account()])
    return landing


def _stored(landing: Landing, columns: str) -> list[Any]:
    return landing.rows(f"select {columns} from bronze.events order by occurred_at, event_id")


def test_an_event_is_stored_with_all_its_columns(inhabited: Landing) -> None:
    given_id = "78e51061-7311-d8a3-c2ce-6f447ed4d57b"
    inhabited.put("events", [event(given_id, event_type="video.created", schema_version=2)])
    inhabited.load()
    token = PSEUDONYMS.token
    assert inhabited.rows(
        "select to_jsonb(e) - 'content_digest' - 'load_id' from bronze.events e"
    ) == [
        {
            "event_id": given_id,
            "entity_id": str(token("u1")),
            "entity_type": "user",
            "user_id": str(token("u1")),
            "account_id": str(token("a1")),
            "product_id": "video_editor",
            "feature_id": "captions",
            "event_type": "video_created",
            "is_qualifying_event": True,
            "is_activation_event": True,
            "occurred_at": "2026-01-20T09:12:44.12+00:00",
            "occurred_on": "2026-01-20",
            "received_at": "2026-01-31T23:59:59.999999+00:00",
            "location": "web_app",
            "session_id": "s1",
            "schema_version": 2,
            "metadata": {"format": "mp4", "account_id": str(token("a1")), "project_id": "p1"},
        }
    ]


def test_the_business_day_is_that_of_the_zone(
    warehouse: Warehouse, landing: Landing, tmp_path: Any
) -> None:
    landing.definitions = definitions(
        tmp_path / "tokyo", lifecycle="business_time_zone: Asia/Tokyo\n"
    )
    landing.put("users", [user()])
    landing.put("events", [event(timestamp="2026-01-20T15:00:00Z")])
    landing.load()
    assert _stored(landing, "occurred_on, received_at") == [
        (date(2026, 1, 21), datetime(2026, 1, 31, 14, 59, 59, 999999, UTC))
    ]


@pytest.mark.parametrize(
    "text",
    ["2026-01-20T09:12:44Z", "2026-01-20T11:12:44+02:00", "2026-01-20 04:42:44-0430",
     "2026-01-20t09:12:44.000z", "2026-01-20T09:12:44,000000999Z", "20260120T091244Z",
     "2026-W04-2T09:12:44+00:00"],
)  # fmt: skip
def test_any_iso_8601_time_with_an_offset_is_understood(inhabited: Landing, text: str) -> None:
    inhabited.put("events", [event(timestamp=text)])
    inhabited.load()
    assert _stored(inhabited, "occurred_at") == [datetime(2026, 1, 20, 9, 12, 44, tzinfo=UTC)]


def test_ids_are_uuids_given_or_derived(inhabited: Landing) -> None:
    canonical = "78e51061-7311-d8a3-c2ce-6f447ed4d57b"
    times = iter(f"2026-01-20T09:00:0{second}Z" for second in range(9))
    same_in_other_forms = [canonical.replace("-", ""), f"{{{canonical.upper()}}}",
                           f"urn:uuid:{canonical}"]  # fmt: skip
    inhabited.put(
        "events",
        [event("order-17", timestamp=next(times)), event(None, timestamp=next(times))],
    )
    for number, form in enumerate([canonical, *same_in_other_forms]):
        day = date(2026, 1, 21) + timedelta(days=number)
        inhabited.put("events", [event(form, timestamp=f"{day}T00:00:00Z")], name=f"{number}.jsonl")
    inhabited.load()
    ids = _stored(inhabited, "event_id")
    assert ids[0] == UUID(hashlib.sha256(b"order-17").hexdigest()[:32])
    assert ids[2:] == [UUID(canonical)] * 4
    inhabited.put("events", [event(None, timestamp="2026-01-20T10:00:01+01:00")], date(2026, 2, 3))
    assert inhabited.load().totals.duplicate == 1  # the same event, written otherwise


def test_an_event_delivered_again_is_stored_once(inhabited: Landing) -> None:
    first = event()
    reordered = dict(reversed(first.items()))
    later = {**first, "received_at": "2026-01-25T00:00:00Z"}
    inhabited.put("events", [first, reordered])
    inhabited.put("events", [first, event("e2")], date(2026, 3, 1))
    inhabited.put("events", [later, event("e2"), event("e3")], date(2026, 6, 1))
    totals = inhabited.load().totals
    of_entities = 2
    assert (totals.accepted, totals.duplicate, totals.quarantined) == (3 + of_entities, 4, 0)
    assert len(_stored(inhabited, "event_id")) == 3


def test_products_and_features(inhabited: Landing) -> None:
    inhabited.put(
        "events",
        [
            event("1", timestamp="2026-01-20T01:00:00Z", event_type="login", metadata=None),
            event("2", timestamp="2026-01-20T02:00:00Z", event_type="login",
                  metadata={"product_id": "idea_box", "feature_id": "captions"}),
            event("3", timestamp="2026-01-20T03:00:00Z",
                  metadata={"format": "mp4", "product_id": "idea_box", "feature_id": "export"}),
            event("4", timestamp="2026-01-20T04:00:00Z", event_type="login",
                  metadata={"product_id": ""}),
        ],
    )  # fmt: skip
    inhabited.load()
    assert _stored(inhabited, "product_id, feature_id") == [
        (None, None),
        ("idea_box", "captions"),
        ("video_editor", "captions"),  # the type's own product and feature win
        (None, None),
    ]
    in_products = inhabited.rows("select product_id from bronze.product_events order by 1")
    assert in_products == ["idea_box", "video_editor"]


def test_who_acted(inhabited: Landing) -> None:
    rows = [
        event(str(number), timestamp=f"2026-01-20T0{number}:00:00Z", entity_type=kind, entity_id=id)
        for number, (kind, id) in enumerate(
            [("user", "u1"), ("admin", "u1"), ("admin", "staff"), ("system", "cron"),
             ("visitor", "v9"), ("account", "a1")]
        )
    ]  # fmt: skip
    inhabited.put("events", rows)
    inhabited.load()
    token = PSEUDONYMS.token
    assert _stored(inhabited, "entity_id, user_id, is_qualifying_event") == [
        (token("u1"), token("u1"), True),
        (token("u1"), token("u1"), True),
        (token("staff"), None, True),
        (token("cron"), None, False),
        (token("v9"), None, False),
        (token("a1"), None, False),
    ]


def test_metadata_is_allow_listed_and_its_ids_are_tokens(inhabited: Landing) -> None:
    metadata = {
        "duration_seconds": 301.0,
        "invited_user_ids": ["u2", "u3"],
        "tags": ["a", {"b": [1, None]}],
        "details": {"q": 'Größe "x" \\ /'},
        "starts_on": "2026-02-01",
        "starts_at": "2026-02-01T00:00:00Z",
        "is_shared": True,
        "visitor_id": "v1",
        "ip": "10.0.0.1",
        "duration": None,
    }
    inhabited.put("events", [event(event_type="video_watched", metadata=metadata)])
    report = inhabited.load()
    token = PSEUDONYMS.token
    kept = {key: metadata[key] for key in metadata if key not in {"ip", "duration"}}
    kept |= {
        "invited_user_ids": [str(token("u2")), str(token("u3"))],
        "visitor_id": str(token("v1")),
    }
    assert _stored(inhabited, "metadata") == [kept]
    assert report.totals.unknown_columns == {"ip": 1}


def test_built_in_events_become_facts_and_signups(inhabited: Landing) -> None:
    times = ("2026-01-05T00:00:00Z", "2026-01-03T00:00:00Z")
    inhabited.put(
        "events",
        [
            *(event(time, entity_id="u2", event_type="user_signed_up", metadata=None,
                    timestamp=time) for time in times),
            event("x", entity_id="a1", entity_type="account", event_type="payment_failed",
                  metadata={"dunning_type": "soft"}),
            event("y", entity_id="u2", timestamp="2026-01-03T00:00:00Z"),
        ],
    )  # fmt: skip
    assert inhabited.load().totals.quarantined == 0
    signups = inhabited.rows(
        "select event_occurred_at, event_id, signed_up_at from bronze.user_signups"
        " where user_id = %s",
        PSEUDONYMS.token("u2"),
    )
    first = datetime(2026, 1, 3, tzinfo=UTC)
    event_id = UUID(hashlib.sha256(times[1].encode()).hexdigest()[:32])
    assert signups == [(first, event_id, first)]
    facts = inhabited.rows(
        "select entity_type, event_type, metadata ->> 'dunning_type' from bronze.entity_facts"
        " order by occurred_at"
    )
    assert facts == [
        ("user", "user_signed_up", None),
        ("user", "user_signed_up", None),
        ("account", "payment_failed", "soft"),
    ]


def test_erased_people_do_not_come_back(inhabited: Landing) -> None:
    with inhabited.warehouse.connect() as connection:
        connection.execute(
            "insert into ops.suppressed_entities (entity_id) values (%s)", [PSEUDONYMS.token("u1")]
        )
    inhabited.put(
        "events",
        [
            event("1"),
            event("2", entity_type="system", entity_id="cron", event_type="video_watched",
                  metadata={"invited_user_ids": ["u7", "u1"]}),
            event("3", location=None),
            b'{"entity_id":"u1"',
            event("4", entity_type="visitor", entity_id="v"),
        ],
    )  # fmt: skip
    totals = inhabited.load().totals
    assert (totals.rows_read, totals.suppressed, totals.accepted) == (7, 5, 2)
    token = str(PSEUDONYMS.token("u1"))
    for table in ("events", "event_quarantine", "users", "user_signups"):
        assert token not in str(inhabited.rows(f"select t::text from bronze.{table} t"))


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 500), st.floats(-10, 500).map(lambda x: round(x, 2))
)
RULES = st.sampled_from(
    ["duration_seconds > 300", "duration_seconds >= 7.5", "duration_seconds = 12",
     "duration_seconds != 12", "duration_seconds < 0", "duration_seconds <= 400"]
)  # fmt: skip


@settings(max_examples=12, deadline=None)
@given(
    rule=RULES,
    is_shared=st.booleans(),
    rows=st.lists(
        st.tuples(VALUES, VALUES, st.sampled_from(["user", "admin", "system", "visitor"])),
        min_size=1,
        max_size=30,
    ),
)
def test_the_loader_derives_what_the_sql_derives(
    new_warehouse: Callable[[], Warehouse],
    tmp_path_factory: pytest.TempPathFactory,
    rule: str,
    is_shared: bool,
    rows: list[Any],
) -> None:
    folder = tmp_path_factory.mktemp("rule")
    events = f"""
- {{event_type: watched, is_qualifying: true, qualifies_when: {rule},
   metadata: {{duration_seconds: {{type: number}}, is_shared: {{type: boolean}}}}}}
- {{event_type: shared, is_qualifying: true, is_activation: true, product: idea_box,
   qualifies_when: is_shared = {str(is_shared).lower()},
   metadata: {{is_shared: {{type: boolean}}}}}}
- {{event_type: seen, is_qualifying: false, passive: true}}
"""
    declared = definitions(folder / "definitions", events=events)
    landing = Landing(folder / "landing", new_warehouse(), declared)
    with landing.warehouse.transaction() as connection:
        compile_definitions(connection, declared)
    landing.put("users", [user()])
    types = ("watched", "shared", "seen")
    landing.put(
        "events",
        [
            event(f"{number}", event_type=types[number % 3], entity_type=kind,
                  metadata={"duration_seconds": seconds, "is_shared": shared,
                            "product_id": "idea_box" if number % 2 else None})
            for number, (seconds, shared, kind) in enumerate(rows)
        ],
        DT,
    )  # fmt: skip
    landing.load()
    columns = (
        "select event_id, product_id, is_qualifying_event, is_activation_event from bronze.events"
    )
    by_loader = set(landing.rows(columns))
    with landing.warehouse.transaction() as connection:
        connection.execute(
            "update bronze.events set product_id = 'x',"
            " is_qualifying_event = not is_qualifying_event,"
            " is_activation_event = not is_activation_event"
        )
        read_sql("bronze/events").execute(connection)
    assert set(landing.rows(columns)) == by_loader

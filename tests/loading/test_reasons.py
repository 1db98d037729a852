"""Every reason for which a row is refused, and what is kept of it."""

import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest

from monstera.warehouse import Warehouse

from .builders import DT, EVENTS, Landing, definitions, event, user

LINE = orjson.dumps(event())
DEEP = b'{"entity_id":"u1","metadata":' + b"[" * 100_000 + b"]" * 100_000 + b"}"


def _raw(**changes: str) -> bytes:
    """The good event with raw JSON put in for values."""
    line = LINE.decode()
    for name, value in changes.items():
        old = json.dumps(event()[name], separators=(",", ":"), ensure_ascii=False)
        assert f'"{name}":{old}' in line
        line = line.replace(f'"{name}":{old}', f'"{name}":{value}')
    return line.encode()


BAD_EVENTS: list[tuple[Any, set[str]]] = [
    (LINE[:-10], {"malformed_json"}),
    (b"not json at all", {"malformed_json"}),
    (b'{"entity_id":"u1",}', {"malformed_json"}),
    (LINE[:-1] + b',"entity_id":"u2"}', {"malformed_json"}),
    (_raw(metadata='{"format":"mp4","format":"mov"}'), {"malformed_json"}),
    (_raw(metadata='{"format":"mp4","duration_seconds":NaN}'), {"malformed_json"}),
    (_raw(metadata='{"format":"mp4","duration_seconds":-Infinity}'), {"malformed_json"}),
    (_raw(metadata='{"format":"mp4","duration_seconds":1e400}'), {"malformed_json"}),
    (_raw(metadata='{"format":"mp4","duration_seconds":1' + "0" * 400 + "}"), {"malformed_json"}),
    (_raw(metadata='{"format":"mp4","x":99999999999999999999}'), {"malformed_json"}),
    (_raw(schema_version="1e999"), {"malformed_json"}),
    (_raw(entity_id="NaN"), {"malformed_json"}),
    (DEEP, {"malformed_json"}),
    (b'{"metadata":{"x":' + b"[" * 40 + b"]" * 40 + b"}}", {"malformed_json"}),
    (b"[1, 2]", {"not_an_object"}),
    (b'"text"', {"not_an_object"}),
    (b"null", {"not_an_object"}),
    (_raw(location='"a\\u0000b"'), {"bad_encoding"}),
    (_raw(location='"\\ud800"'), {"bad_encoding"}),
    (LINE.replace(b"web_app", b"web\x00app"), {"bad_encoding"}),
    (LINE.replace(b"web_app", b"caf\xe9"), {"bad_encoding"}),
    (event(padding="x" * 1_100_000), {"too_large"}),
    (event(entity_id=None), {"missing_field:entity_id"}),
    (event(entity_type=None), {"missing_field:entity_type"}),
    (event(event_type=None), {"missing_field:event_type"}),
    (event(timestamp=None), {"missing_field:timestamp"}),
    (event(location=None), {"missing_field:location"}),
    (event(location=""), {"missing_field:location"}),
    (_raw(location="null"), {"missing_field:location"}),
    (event(entity_id=17), {"wrong_type:entity_id"}),
    (event(entity_type="robot"), {"wrong_type:entity_type"}),
    (event(location=["web"]), {"wrong_type:location"}),
    (event(session_id=5), {"wrong_type:session_id"}),
    (event(event_id={"a": 1}), {"wrong_type:event_id"}),
    (event(schema_version="1"), {"wrong_type:schema_version"}),
    (_raw(schema_version="9" * 5000), {"malformed_json"}),
    (event(schema_version=1.5), {"wrong_type:schema_version"}),
    (event(timestamp="yesterday"), {"wrong_type:timestamp"}),
    (event(timestamp="2026-01-20T09:12:44"), {"wrong_type:timestamp"}),
    (event(timestamp="2026-02-30T09:12:44Z"), {"wrong_type:timestamp"}),
    (event(timestamp=1768900000), {"wrong_type:timestamp"}),
    (event(received_at="soon"), {"wrong_type:received_at"}),
    (
        event(metadata=["format"]),
        {"wrong_type:metadata", "missing_metadata:format"},
    ),
    (event(event_type="no_such_type"), {"unknown_event_type"}),
    (event(schema_version=3), {"unsupported_schema_version"}),
    (event(schema_version=0), {"unsupported_schema_version"}),
    (event(metadata={"duration_seconds": 5}), {"missing_metadata:format"}),
    (event(metadata={"format": None}), {"missing_metadata:format"}),
    (event(metadata={"format": 5}), {"wrong_type:format"}),
    (event(metadata={"format": "mp4", "duration_seconds": "5"}), {"wrong_type:duration_seconds"}),
    (event(metadata={"format": "mp4", "duration_seconds": 5.5}), {"wrong_type:duration_seconds"}),
    (event(metadata={"format": "mp4", "account_id": 5}), {"wrong_type:account_id"}),
    (
        event(event_type="video_watched", metadata={"starts_on": "31.1.2026"}),
        {"wrong_type:starts_on"},
    ),
    (
        event(event_type="video_watched", metadata={"starts_at": "noon", "is_shared": "yes"}),
        {"wrong_type:starts_at", "wrong_type:is_shared"},
    ),
    (event(event_type="logged_in", metadata={"product_id": "nothing"}), {"unknown_product"}),
    (event(event_type="logged_in", metadata={"product_id": "captions"}), {"unknown_product"}),
    (event(entity_id="stranger"), {"unknown_entity"}),
    (event(entity_id="no_account", entity_type="account"), {"unknown_entity"}),
    (event(timestamp="2025-12-31T23:59:59Z"), {"before_signup"}),
    (event(entity_id="gone"), {"entity_deleted"}),
    (event(timestamp="2026-02-01T00:05:01Z"), {"in_future"}),
    (event(timestamp="2026-01-20T09:00:00Z", received_at="2026-01-20T08:54:59Z"), {"in_future"}),
    (event(timestamp="2024-01-31T23:59:59Z", entity_type="visitor"), {"too_old"}),
    (event(timestamp="0001-01-01T00:00:00Z", entity_type="visitor"), {"too_old"}),
    (event(timestamp="9999-12-31T23:59:59Z"), {"in_future"}),
    (
        event(entity_id=None, timestamp="never", event_type="x"),
        {"missing_field:entity_id", "wrong_type:timestamp", "unknown_event_type"},
    ),
    (
        event(event_type="no_such_type", entity_id="stranger", timestamp="2020-01-01T00:00:00Z"),
        {"unknown_event_type", "unknown_entity", "too_old"},
    ),
]


def _with_own_id(row: Any, number: int) -> Any:
    """So that no bad row repeats another."""
    if isinstance(row, dict) and row.get("event_id") == "e1":
        return {**row, "event_id": f"bad-{number}"}
    return row.replace(b'"e1"', f'"bad-{number}"'.encode()) if isinstance(row, bytes) else row


@pytest.fixture
def inhabited(landing: Landing) -> Landing:
    """With the users `u1`, and `gone`, who was deleted on 2026-01-10."""
    landing.put("users", [user(), user("gone")])
    deletion = event("d1", entity_id="gone", event_type="user_deleted", metadata=None,
                     timestamp="2026-01-10T00:00:00Z")  # fmt: skip
    landing.put("events", [deletion], date(2026, 1, 11))
    landing.load()
    return landing


def test_each_bad_row_gets_every_reason_and_no_good_row_is_lost(inhabited: Landing) -> None:
    lines: list[Any] = []
    for number, (row, _) in enumerate(BAD_EVENTS):
        lines += [event(f"good-{number}"), _with_own_id(row, number)]
    inhabited.put("events", lines)
    report = inhabited.load()

    counts = report.totals
    assert (counts.rows_read, counts.accepted) == (2 * len(BAD_EVENTS), len(BAD_EVENTS))
    assert counts.quarantined == len(BAD_EVENTS)
    found = inhabited.reasons()
    expected = {2 * number + 2: sorted(why) for number, (_, why) in enumerate(BAD_EVENTS)}
    assert found == expected


def test_a_conflict_is_refused_and_the_first_stands(inhabited: Landing) -> None:
    inhabited.put("events", [event(), event(location="elsewhere")])
    assert inhabited.load().totals.accepted == 1
    inhabited.put("events", [event(location="third")], name="later.jsonl")
    assert inhabited.load().totals.quarantined == 1
    reasons = inhabited.rows("select distinct reasons from bronze.event_quarantine")
    assert reasons == [["conflicting_duplicate"]]
    stored = inhabited.rows("select location from bronze.events where event_type = 'video_created'")
    assert stored == ["web_app"]


def test_no_id_name_or_address_reaches_a_table(inhabited: Landing) -> None:
    secret = {"email": "ann@example.org", "name": "Ann Secret", "note": "write to ann@example.org"}
    inhabited.put(
        "events",
        [
            event("1", entity_id="secret-user", metadata={"format": "mp4", **secret}),
            event("2", entity_id="secret-user", event_type="brand_new", metadata=secret),
            b'{"entity_id":"secret-user","name":"Ann Secret","email":"ann@example.org"',
            event("3", entity_id="secret-user", user_name="Ann Secret", location=5),
            event("4", metadata={"format": "mp4", **secret, "invited_user_id": "secret-user"}),
            event("5", event_type="video_watched", metadata={"invited_user_ids": ["secret-user"]}),
        ],
    )
    inhabited.put("users", [user("secret-user", updated_at=None, **secret)])
    inhabited.put("users", [user("secret-user", email="ann@example.org")], name="2.csv.jsonl")
    inhabited.load()
    dump = inhabited.rows(
        "select e::text from bronze.events e union all select u::text from bronze.users u"
        " union all select q::text from bronze.event_quarantine q"
        " union all select m::text from ops.load_manifest m"
    )
    for text in dump:
        assert "secret-user" not in text
        assert "example.org" not in text
        assert "Ann" not in text
    unknown = inhabited.rows("select unknown_columns from ops.load_manifest where feed = 'events'")
    assert {"email", "name", "note", "user_name"} <= set(unknown[-1])


@pytest.mark.parametrize(
    "row",
    [
        event(metadata=orjson.dumps({"account_id": "secret"}).decode()),
        event(metadata=[{"account_id": "secret"}, "secret"]),
        event(event_type="brand_new",
              metadata={"by": {"user_id": "secret", "lastName": "secret"}}),
        event(event_type="brand_new",
              metadata={"userId": "secret", "seen": [{"accountIds": ["secret"]}]}),
        event(event_type="video_shared", timestamp="2020-01-01T00:00:00Z",
              metadata={"with": "secret", "context": {"user_id": "secret"}}),
        event(event_type="video_shared",
              metadata={"with": "secret", "context": {"user_id": "secret"}}),
        b'{"entity_id":"O\'secret","name":"O\'secret"',
        b'{"entity_id":"a\\"secret","user_name":"a\\"secret"',
        b'{"user_id":secret, "viewer_user_ids":["secret","secret"], "userId" : "secret"',
        b'{"metadata":"{\\"account_id\\":\\"secret\\",\\"name\\":\\"secret\\"}"',
    ],
)  # fmt: skip
def test_no_id_or_name_is_kept_wherever_it_stands(
    warehouse: Warehouse, tmp_path: Path, row: Any
) -> None:
    shared = """
- event_type: video_shared
  is_qualifying: true
  metadata: {with: {type: string, pseudonym: true}, context: {type: object}}
"""
    declared = definitions(tmp_path / "definitions", events=EVENTS + shared)
    landing = Landing(tmp_path / "landing", warehouse, declared)
    landing.put("users", [user()])
    landing.put("events", [row])
    assert landing.load().totals.rows_read == 2
    stored = landing.rows(
        "select e::text from bronze.events as e"
        " union all select q::text from bronze.event_quarantine as q"
    )
    assert len(stored) == 1
    assert "secret" not in stored[0]


def test_mail_addresses_are_hidden_alike_now_and_after_a_replay(inhabited: Landing) -> None:
    """The address begins where the match could cut an escape of JSON in two."""
    words = {"format": "\n" + "a" * 63 + "@example.org", "account_id": "a1"}
    told = {"location": "ann@example.org", "session_id": "s", "metadata": words}
    inhabited.put("events", [event("1", **told), event("2", entity_id="late", **told)])
    inhabited.load()
    inhabited.put("users", [user("late")])
    inhabited.load()
    stored = inhabited.rows(
        "select location, metadata ->> 'format' from bronze.events where location <> 'web_app'"
    )
    assert stored == [("…", "\n…")] * 2


def test_raw_is_capped_and_then_not_tried_again(inhabited: Landing) -> None:
    long = event(entity_id="stranger", metadata={"format": "x" * 100_000})
    inhabited.put("events", [long])
    inhabited.load()
    size, replayable = inhabited.rows(
        "select octet_length(raw), is_replayable from bronze.event_quarantine"
    )[0]
    assert size <= 64 * 1024
    assert not replayable


def test_a_row_refused_again_is_seen_again_and_kept_once(inhabited: Landing) -> None:
    inhabited.put("events", [event(entity_id="stranger"), b"nonsense"])
    inhabited.load()
    inhabited.put("events", [b"nonsense", event(entity_id="stranger"), b"nonsense"], name="2.jsonl")
    assert inhabited.load().totals.quarantined == 3
    kept = inhabited.rows(
        "select path, line_number, last_seen_at > first_seen_at from bronze.event_quarantine"
        " order by line_number"
    )
    path = f"events/dt={DT}/part-0.jsonl"
    assert kept == [(path, 1, True), (path, 2, True)]


@pytest.mark.parametrize(
    ("number", "is_whole"),
    [("5.0", True), ("0.5e1", True), ("5E2", True), ("5.0e-1", False), ("5e-1", False)],
)
def test_a_whole_number_in_metadata_may_be_written_as_a_float(
    inhabited: Landing, number: str, is_whole: bool
) -> None:
    row = orjson.dumps(event("e", metadata={"format": "mp4", "duration_seconds": 5}))
    inhabited.put(
        "events", [row.replace(b'"duration_seconds":5', f'"duration_seconds":{number}'.encode())]
    )
    assert inhabited.load().totals.accepted == is_whole


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("cut.jsonl.gz", gzip.compress(LINE * 1000)[:-20], "cut off"),
        ("none.jsonl.gz", LINE + b"\n", "no gzip"),
        ("bomb.jsonl.gz", gzip.compress(b'{"a":"' + b"0" * 60_000_000), "bomb"),
        ("none.parquet", b"PAR1 no", "no Parquet"),
        ("empty.csv", b"", "no header"),
        ("twice.csv", b"a,a\n1,2\n", "repeated column"),
    ],
)
def test_an_unreadable_file_is_refused_whole_until_it_changes(
    inhabited: Landing, name: str, content: bytes, error: str
) -> None:
    inhabited.put("events", [event("other")], name="other.jsonl")
    inhabited.put("events", content, name=name)
    report = inhabited.load()
    assert [error in str(file.error) for file in report.refused] == [True]
    assert report.totals.accepted == 1
    assert inhabited.load().files == []
    file = inhabited.put("events", [event("good")], name=name)
    if name.endswith((".parquet", ".csv")):
        file.write_bytes(b"entity_id\n" if name.endswith(".csv") else b"still nothing")
        assert len(inhabited.load().files) == 1
    else:
        assert inhabited.load().totals.accepted == 1


def test_a_20_mb_line_and_a_line_without_end(inhabited: Landing) -> None:
    content = b'{"entity_id":"' + b"x" * 20_000_000 + b'"}\n' + LINE + b"\n" + b"y" * 3_000_000
    inhabited.put("events", content)
    counts = inhabited.load().totals
    assert (counts.rows_read, counts.accepted) == (3, 1)
    assert inhabited.reasons() == {1: ["too_large"], 3: ["too_large"]}

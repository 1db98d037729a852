"""Files: formats, places, changes, and the manifest that knows them."""

import csv
import io
import json
import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from monstera.loading.lines import BLOCK_LINES, blocks

from .builders import DT, Landing, account, event, json_lines, user

ROWS: list[dict[str, Any]] = [
    event("1"),
    event("2", session_id=None, metadata={"format": 'mov, "new"\nline', "duration_seconds": 7}),
    event("3", timestamp="2026-01-20T09:12:44.120+01:00", schema_version=2),
    event("4", event_type="login", metadata=None),
    event("5", entity_id="stranger"),
    event("6", timestamp="never"),
]


def _csv(rows: list[dict[str, Any]]) -> bytes:
    names = ["event_id", "entity_id", "entity_type", "event_type", "timestamp", "location",
             "session_id", "schema_version", "metadata"]  # fmt: skip
    out = io.StringIO()
    writer = csv.DictWriter(out, names)
    writer.writeheader()
    for row in rows:
        metadata = {"metadata": json.dumps(row["metadata"])} if "metadata" in row else {}
        writer.writerow({**row, **metadata})
    return out.getvalue().encode()


def _flat_csv(rows: list[dict[str, Any]]) -> bytes:
    flat = [
        {key: value for key, value in row.items() if key != "metadata"}
        | {f"metadata.{key}": value for key, value in row.get("metadata", {}).items()}
        for row in rows
    ]
    names = list(dict.fromkeys(name for row in flat for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    return out.getvalue().encode()


def _parquet(rows: list[dict[str, Any]]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink, row_group_size=2)
    return sink.getvalue()


def _typed_parquet(rows: list[dict[str, Any]], unit: str) -> bytes:
    """With a real time and metadata as JSON text, as many tools write it."""
    typed = [
        {
            **row,
            "timestamp": None
            if row["timestamp"] == "never"
            else datetime.fromisoformat(row["timestamp"]).astimezone(UTC),
            "metadata": json.dumps(row["metadata"]) if "metadata" in row else None,
        }
        for row in rows
    ]
    sink = io.BytesIO()
    table = pa.Table.from_pylist(typed)
    times = table["timestamp"].cast(pa.timestamp(unit, "America/New_York"))
    table = table.set_column(table.column_names.index("timestamp"), "timestamp", times)
    pq.write_table(table, sink)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("name", "write"),
    [("a.jsonl", json_lines), ("a.csv", _csv), ("b.csv", _flat_csv), ("a.parquet", _parquet)],
)
def test_every_format_gives_the_same_rows(landing: Landing, name: str, write: Any) -> None:
    landing.put("users", [user()])
    landing.put("events", write(ROWS), name=name)
    totals = landing.load().totals
    assert (totals.rows_read, totals.accepted, totals.quarantined) == (7, 5, 2)
    stored = landing.rows(
        "select event_type, session_id, schema_version, metadata - 'account_id' from bronze.events"
        " order by event_type, schema_version, session_id"
    )
    assert stored == [
        ("logged_in", "s1", 1, {}),
        ("video_created", "s1", 1, {"format": "mp4", "project_id": "p1"}),
        ("video_created", None, 1, {"format": 'mov, "new"\nline', "duration_seconds": 7}),
        ("video_created", "s1", 2, {"format": "mp4", "project_id": "p1"}),
    ]
    reasons = landing.rows("select reasons from bronze.event_quarantine order by line_number")
    assert reasons == [["unknown_entity"], ["wrong_type:timestamp"]]
    digests = landing.rows("select content_digest from bronze.events")
    landing.put("events", json_lines(reversed(ROWS)), name="again.jsonl")
    assert landing.load().totals.duplicate == 4
    assert landing.rows("select content_digest from bronze.events") == digests


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_parquet_with_real_times(landing: Landing, unit: str) -> None:
    landing.put("users", [user()])
    landing.put("events", _typed_parquet(ROWS, unit), name="a.parquet")
    landing.load()
    landing.put("events", json_lines(ROWS[:4]), name="again.jsonl")
    assert landing.load().totals.duplicate == 4


def test_a_broken_quotation_costs_one_line_of_csv(landing: Landing) -> None:
    good = _csv([event(str(number), entity_type="visitor") for number in range(300)])
    lines = good.split(b"\r\n")
    lines[150] = b'"never closed,' + lines[150]
    lines[200] += b",one,too,many"
    landing.put("events", b"\n".join(lines), name="a.csv")
    totals = landing.load().totals
    assert (totals.rows_read, totals.accepted) == (300, 298)
    assert landing.reasons() == {151: ["malformed_csv"], 201: ["malformed_csv"]}


def test_quotes_inside_a_field_of_csv_open_no_quotation(landing: Landing) -> None:
    good = _csv([event(str(number), entity_type="visitor") for number in range(3)])
    lines = good.splitlines()
    lines[1] = lines[1].replace(b"web_app", b'a 5" screen')
    lines[2] = lines[2].replace(b"web_app", b'"5"" screen')  # never closed
    landing.put("events", b"\n".join(lines), name="a.csv")
    landing.load()
    # The quotation is still open at the end of the file: its line is bad, the one after it is good.
    assert landing.reasons() == {3: ["malformed_csv"]}
    assert landing.rows("select location from bronze.events order by 1") == [
        'a 5" screen',
        "web_app",
    ]


@pytest.mark.parametrize(
    "header", ["größe,key".encode("latin-1"), b'key,"value', b"key,value\rk1,1\rk2,2"]
)
def test_csv_with_a_header_that_cannot_be_read_is_refused_whole(
    landing: Landing, header: bytes
) -> None:
    """Not so that its first row is taken for the header."""
    landing.put("users", header + b"\nuser_id,updated_at\nu1,2026-01-01T00:00:00Z\n", name="a.csv")
    report = landing.load()
    assert ["a header line that cannot be read" in str(file.error) for file in report.files] == [
        True
    ]
    assert report.totals.rows_read == 0


def test_entities_from_csv(landing: Landing) -> None:
    header = b"account_id,updated_at,total_seats,monthly_recurring_revenue,trial_ends_on,display\n"
    rows = (
        b"a1,2026-01-01T00:00:00Z,3000000000,49.50,2026-02-01,Acme\n"
        b"a2,2026-01-01T00:00:00Z,many,,,\n"
    )
    landing.put("accounts", header + rows, name="a.csv")
    report = landing.load()
    assert report.totals.unknown_columns == {"display": 1}
    stored = landing.rows(
        "select total_seats, monthly_recurring_revenue::text, trial_ends_on from bronze.accounts"
    )
    assert stored == [(3_000_000_000, "49.5", date(2026, 2, 1))]
    assert landing.reasons() == {3: ["wrong_type:total_seats"]}


def test_any_fsspec_file_system_will_do(landing: Landing) -> None:
    memory = fsspec.filesystem("memory")
    root = f"/landing-{landing.folder.parent.name}"
    memory.pipe(f"{root}/users/dt={DT}/a.jsonl", json_lines([user()]))
    memory.pipe(f"{root}/events/dt={DT}/a.jsonl", json_lines([event()]))
    uri = f"memory:/{root}"
    assert landing.load(landing_uri=uri).totals.accepted == 2
    assert landing.load(landing_uri=uri).files == []
    memory.pipe(f"{root}/events/dt={DT}/a.jsonl", json_lines([event(), event("e2")]))
    assert landing.load(landing_uri=uri).totals.accepted == 1


def test_what_is_not_taken_up(landing: Landing, tmp_path: Path) -> None:
    for name in ("a.jsonl.tmp", "a.jsonl.part", "_hidden.jsonl", ".a.jsonl", "a.txt"):
        landing.put("events", [event()], name=name)
    landing.put("events", [event()], date(2026, 3, 1), "late.jsonl")
    outside = tmp_path / "outside.jsonl"
    outside.write_bytes(json_lines([event()]))
    folder = landing.folder / "events" / f"dt={DT}"
    (folder / "link.jsonl").symlink_to(outside)
    (folder / "nested").mkdir()
    (folder / "nested" / "a.jsonl").write_bytes(json_lines([event()]))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.jsonl").write_bytes(json_lines([event()]))
    (landing.folder / "events" / "dt=2026-01-30").symlink_to(elsewhere)
    (landing.folder / "events" / "dt=2026-02-31").mkdir()
    (landing.folder / "events" / "dt=2026-02-31" / "a.jsonl").write_bytes(json_lines([event()]))
    assert landing.load(until_dt=DT).files == []


def test_a_file_waits_for_its_success_marker(landing: Landing, tmp_path: Path) -> None:
    feeds = tmp_path / "definitions" / "feeds"
    feeds.mkdir()
    (feeds / "events.yaml").write_text("- {id: events, success_marker: true}\n")
    from monstera.definitions import load_definitions

    landing.definitions = load_definitions(feeds.parent)
    file = landing.put("events", [event(entity_type="visitor")])
    assert landing.load().files == []
    (file.parent / "_SUCCESS").touch()
    assert landing.load().totals.accepted == 1


def test_the_manifest_recognises_what_it_knows(landing: Landing) -> None:
    rows = [event(entity_type="visitor")]
    file = landing.put("events", rows)
    assert [report.status for report in landing.load().files] == ["loaded"]
    assert landing.load().files == []
    os.utime(file)  # touched, not changed
    assert [report.status for report in landing.load().files] == ["unchanged"]
    assert landing.load().files == []
    landing.put("events", rows, name="renamed.jsonl")
    assert [report.status for report in landing.load().files] == ["same_content"]
    assert landing.load().files == []
    landing.put("events", [*rows, event("e2", entity_type="visitor")])
    report = landing.load()
    assert (report.totals.accepted, report.totals.duplicate) == (1, 1)
    manifest = landing.rows(
        "select status, rows_read, replaces_load_id is not null, kind from ops.load_manifest"
        " order by load_id"
    )
    assert manifest == [
        ("loaded", 1, False, "file"),
        ("same_content", 0, False, "file"),
        ("loaded", 2, True, "file"),
    ]
    first, last, finished = landing.rows(
        "select first_occurred_on, last_occurred_on, finished_at is not null"
        " from ops.load_manifest order by load_id limit 1"
    )[0]
    assert (first, last, finished) == (date(2026, 1, 20), date(2026, 1, 20), True)


def test_a_file_that_could_not_be_opened_is_tried_again_unchanged(
    landing: Landing, tmp_path: Path
) -> None:
    file = landing.put("events", [event(entity_type="visitor")])
    away = tmp_path / "away"
    for _ in range(2):
        report = landing.load(progress=lambda *_: file.exists() and file.rename(away))
        assert [refused.path.endswith(file.name) for refused in report.refused] == [True]
        away.rename(file)
    assert landing.load().totals.accepted == 1
    statuses = landing.rows("select status from ops.load_manifest order by load_id")
    assert statuses == ["refused", "loaded"]


def test_entities_come_before_events_whatever_their_delivery_day(landing: Landing) -> None:
    landing.put("events", [event(), event("e2", entity_id="a1", entity_type="account")])
    landing.put("users", [user()], date(2026, 2, 20))
    landing.put("accounts", [account()], date(2026, 2, 21))
    assert landing.load().totals.accepted == 4


def test_progress_is_told(landing: Landing) -> None:
    landing.put("events", [event(entity_type="visitor")])
    seen: list[tuple[str, int, int]] = []
    landing.load(progress=lambda *told: seen.append(told))
    assert seen[0][0].startswith("events/")
    assert seen[-1][1] == seen[-1][2] > 0


def test_short_lines_come_in_many_small_blocks_numbered_through() -> None:
    lines = BLOCK_LINES * 2 + 1
    found = list(blocks(io.BytesIO(b"{}\n" * lines)))
    assert [len(block.lines) for block in found] == [BLOCK_LINES, BLOCK_LINES, 1]
    assert [block.numbers[0] for block in found] == [1, BLOCK_LINES + 1, 2 * BLOCK_LINES + 1]

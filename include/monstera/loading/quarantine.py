"""Rows that were refused: kept as sent, ids replaced by pseudonyms, with every reason."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson
import pyarrow as pa
from psycopg import Connection

from monstera.definitions import MetadataField
from monstera.loading.hiding import (
    HIDDEN,
    text_without_people,
    tokenised,
    without_addresses,
    without_ids,
    without_personal,
)
from monstera.loading.lines import RefusedLine
from monstera.loading.pseudonyms import Tokens
from monstera.loading.taxonomy import is_id_key

MAX_RAW_CHARACTERS = 64 * 1024 // 4
"""So that any text stays within 64 KiB."""
MAX_EVENT_TYPE = 200
EVENT_FIELDS = ("event_id", "entity_id", "entity_type", "event_type", "timestamp", "received_at",
                "location", "session_id", "schema_version", "metadata")  # fmt: skip
_ADD = """
insert into bronze.event_quarantine as known (
    load_id, feed, path, dt, line_number, raw, reasons, event_type, entity_id, occurred_on,
    content_digest, is_replayable
)
values (
    %(load_id)s, %(feed)s, %(path)s, %(dt)s, %(line_number)s, %(raw)s, %(reasons)s, %(event_type)s,
    %(entity_id)s, %(occurred_on)s, %(content_digest)s, %(is_replayable)s
)
on conflict (feed, content_digest) do update
set reasons = excluded.reasons,
    last_seen_at = case when %(is_delivery)s then now() else known.last_seen_at end
"""


@dataclass(frozen=True)
class QuarantinedRow:
    """A refused row.

    Attributes:
        raw: the row with pseudonyms for ids, as JSON, or what can be shown of it.
        digest: by which a repetition is recognised; None: that of the raw text.
        is_whole: whether raw is all that a further try needs.
    """

    line_number: int
    raw: str
    reasons: list[str]
    event_type: str | None = None
    entity_id: UUID | None = None
    occurred_on: date | None = None
    digest: int | None = None
    is_whole: bool = False


class Quarantine:
    """Takes up what one load refuses."""

    def __init__(
        self,
        connection: "Connection[Any]",
        load_id: int,
        feed: str,
        path: str,
        dt: date | None,
        *,
        is_delivery: bool = True,
    ) -> None:
        """`is_delivery` False: rows that are there already were tried again, not seen again."""
        self._connection = connection
        self._source = {
            "load_id": load_id, "feed": feed, "path": path, "dt": dt, "is_delivery": is_delivery,
        }  # fmt: skip

    def add(self, rows: Iterable[QuarantinedRow]) -> int:
        """Adds rows and returns how many; one that is there already is only seen again."""
        records = [{**self._source, **_record(row)} for row in rows]
        # Repetitions apart: updating one row again and again takes quadratic time.
        first = {record["content_digest"]: record for record in reversed(records)}
        if first:
            self._connection.cursor().executemany(_ADD, list(first.values())[::-1])
        return len(records)


def raw_event(
    line: str,
    tokens: Tokens,
    allowed: Mapping[str, MetadataField | None] | None,
    derived: Mapping[str, Any],
) -> str:
    """An event for the quarantine: known fields, ids as tokens, allow-listed metadata.

    `allowed` None: the event type is unknown, so any key but those of names and addresses stays.
    `derived` replaces fields, such as an event id that the row itself does not carry.
    """
    row = orjson.loads(line)
    kept = {name: row[name] for name in EVENT_FIELDS if row.get(name) is not None}
    kept |= {name: value for name, value in derived.items() if value is not None}
    if "entity_id" in kept:
        kept["entity_id"] = tokenised(kept["entity_id"], tokens)
    metadata = kept.pop("metadata", None)
    kept = without_ids(kept, tokens)
    if isinstance(metadata, dict):
        if allowed is None:
            metadata = without_personal(metadata)
            allowed = dict.fromkeys(metadata)
        kept["metadata"] = {
            key: tokenised(value, tokens)
            if is_id_key(key, allowed[key])
            else without_ids(value, tokens)
            for key, value in metadata.items()
            if key in allowed
        }
    elif metadata is not None:
        kept["metadata"] = HIDDEN  # there are no keys to tell what in it is an id
    return orjson.dumps(without_addresses(kept)).decode()


def raw_record(line: str, tokens: Tokens, columns: Mapping[str, bool]) -> str:
    """A feed's record for the quarantine: its columns (true: an id), ids as tokens."""
    row = orjson.loads(line)
    kept = {
        name: tokenised(row[name], tokens) if is_id else without_ids(row[name], tokens)
        for name, is_id in columns.items()
        if row.get(name) not in (None, "")  # both are none; an empty text has no token
    }
    return orjson.dumps(without_addresses(kept)).decode()


def refused_line(line: RefusedLine, tokens: Tokens) -> QuarantinedRow:
    """A line that is no row: recognised by a keyed digest, shown as far as it reveals nobody."""
    raw = text_without_people(line.text, tokens) if line.is_json else HIDDEN
    digest = tokens.column(pa.array([line.text], pa.string()))[0].as_py() or bytes(8)
    return QuarantinedRow(
        line.number, raw, [line.reason], digest=int.from_bytes(digest[:8], "big", signed=True)
    )


def _record(row: QuarantinedRow) -> dict[str, Any]:
    digest = row.digest
    if digest is None:
        hashed = hashlib.sha256(row.raw.encode()).digest()
        digest = int.from_bytes(hashed[:8], "big", signed=True)
    is_capped = len(row.raw) > MAX_RAW_CHARACTERS
    return {
        "line_number": row.line_number,
        "raw": row.raw[:MAX_RAW_CHARACTERS],
        "reasons": row.reasons,
        "event_type": row.event_type and without_addresses(row.event_type)[:MAX_EVENT_TYPE],
        "entity_id": row.entity_id,
        "occurred_on": row.occurred_on,
        "content_digest": digest,
        "is_replayable": row.is_whole and not is_capped,
    }

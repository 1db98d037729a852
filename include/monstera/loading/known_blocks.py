"""Blocks of lines that come again: of which every event is stored, they are counted and not parsed.

A block is recognised by a digest of its lines. It is remembered where every row was accepted or a
duplicate, together with what it was judged under: after a change of the definitions, an erasure, or
the end of its events' retention, it is read like any other.
"""

import hashlib
from collections import Counter
from collections.abc import Set
from typing import Any, NamedTuple
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
from psycopg import Connection
from psycopg.types.json import Jsonb

from monstera.definitions import Definitions
from monstera.loading.events import EventBatch
from monstera.loading.lines import Block
from monstera.loading.manifest import Counts, bounded
from monstera.loading.pseudonyms import Pseudonyms

MAX_KEPT = 200_000
"""Digests that are kept in memory, about 100 bytes each; those of the latest 400 GB."""

_DIGESTS = "select digest from ops.loaded_blocks order by load_id desc limit %s"
# The earliest event stands for all: retention takes the oldest first.
_FIND = """
select b.rows_read, b.unknown_columns
from ops.loaded_blocks as b
where b.digest = %(digest)s and b.basis = %(basis)s
    and exists (
        select from bronze.events as e
        where e.occurred_on = b.first_occurred_on and e.event_id = b.first_event_id
    )
"""
_REMEMBER = """
insert into ops.loaded_blocks (
    digest, basis, load_id, rows_read, unknown_columns, first_occurred_on, first_event_id
)
values (
    %(digest)s, %(basis)s, %(load_id)s, %(rows_read)s, %(unknown_columns)s, %(first_occurred_on)s,
    %(first_event_id)s
)
on conflict (digest) do update
set basis = excluded.basis,
    load_id = excluded.load_id,
    rows_read = excluded.rows_read,
    unknown_columns = excluded.unknown_columns,
    first_occurred_on = excluded.first_occurred_on,
    first_event_id = excluded.first_event_id
"""


class Read(NamedTuple):
    """A block that was read: its batches, or none where it seems to be known."""

    block: Block
    digest: UUID | None
    batches: list[EventBatch] | None


class KnownBlocks:
    """Recognises blocks of events; one for all files of a run."""

    def __init__(
        self, connection: "Connection[Any]", definitions: Definitions, pseudonyms: Pseudonyms
    ) -> None:
        self._connection = connection
        self._pseudonyms = pseudonyms
        self._definitions_hash = definitions.hash
        rows = connection.execute(_DIGESTS, [MAX_KEPT], binary=True)
        self._seen = {digest for (digest,) in rows}

    def basis(self, suppressed: Set[bytes]) -> UUID:
        """What a block is judged under, besides what is stored: definitions and erased people."""
        parts = [self._definitions_hash.encode(), *sorted(suppressed)]
        return UUID(bytes=hashlib.sha256(b"".join(parts)).digest()[:16])

    def digest(self, block: Block) -> UUID | None:
        """The digest of a block's lines; None: some are refused, so that it is never known."""
        if block.refused or len(block.lines) == 0:
            return None
        _, offsets, data = block.lines.buffers()
        return self._pseudonyms.digest(bytes(offsets) + bytes(data))

    def may_know(self, digest: UUID | None) -> bool:
        """Whether it is worth asking; for any thread."""
        return digest in self._seen

    def find(self, digest: UUID, basis: UUID) -> Counts | None:
        """What a known block counts; None: it is to be read."""
        found = self._connection.execute(_FIND, {"digest": digest, "basis": basis}).fetchone()
        if found is None:
            return None
        rows, unknown = found
        return Counts(rows_read=rows, duplicate=rows, unknown_columns=Counter(unknown))

    def remember(self, digest: UUID, basis: UUID, load_id: int, batches: list[EventBatch]) -> None:
        """Notes a block of which every event is stored."""
        events = pa.concat_tables(
            [batch.table.select(["occurred_on", "event_id"]) for batch in batches]
        )
        place = pc.index(events["occurred_on"], pc.min(events["occurred_on"])).as_py()
        unknown = sum((batch.unknown for batch in batches), Counter[str]())
        self._connection.execute(
            _REMEMBER,
            {
                "digest": digest,
                "basis": basis,
                "load_id": load_id,
                "rows_read": events.num_rows,
                "unknown_columns": Jsonb(bounded(unknown)),
                "first_occurred_on": events["occurred_on"][place].as_py(),
                "first_event_id": UUID(bytes=events["event_id"][place].as_py()),
            },
        )

"""Blocks of lines that come again: what is stored of them is counted and not parsed.

A block is recognised by a digest of its lines. It is remembered with the places of the lines that
were refused, which are read again, alone, and with what it was judged under: after a change of the
definitions, an erasure, or the end of its events' retention, it is read like any other.
"""

import hashlib
from collections import Counter
from collections.abc import Set
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from psycopg import Connection
from psycopg.types.json import Jsonb

from monstera.definitions import Definitions
from monstera.loading.events import EventBatch
from monstera.loading.json_rows import Codes
from monstera.loading.lines import Block
from monstera.loading.manifest import bounded
from monstera.loading.pseudonyms import Pseudonyms

MAX_KEPT = 200_000
"""Digests that are kept in memory, about 100 bytes each; those of the latest 400 GB."""

_DIGESTS = "select digest from ops.loaded_blocks order by load_id desc limit %s"
# The earliest event stands for all: retention takes the oldest first.
_FIND = """
select b.row_count, b.rest, b.unknown_columns
from ops.loaded_blocks as b
where b.digest = %(digest)s and b.basis = %(basis)s
    and exists (
        select from bronze.events as e
        where e.occurred_on = b.first_occurred_on and e.event_id = b.first_event_id
    )
"""
_REMEMBER = """
insert into ops.loaded_blocks (
    digest, basis, load_id, row_count, rest, unknown_columns, first_occurred_on, first_event_id
)
values (
    %(digest)s, %(basis)s, %(load_id)s, %(row_count)s, %(rest)s, %(unknown_columns)s,
    %(first_occurred_on)s, %(first_event_id)s
)
on conflict (digest) do update
set basis = excluded.basis,
    load_id = excluded.load_id,
    row_count = excluded.row_count,
    rest = excluded.rest,
    unknown_columns = excluded.unknown_columns,
    first_occurred_on = excluded.first_occurred_on,
    first_event_id = excluded.first_event_id
"""


class Read(NamedTuple):
    """A block that was read: its batches, or none where it seems to be known."""

    block: Block
    digest: UUID | None
    batches: list[EventBatch] | None


class Stored(NamedTuple):
    """What of a block is stored: its lines' numbers and events; dropped columns of all its rows."""

    numbers: Codes
    events: pa.Table
    unknown: Counter[str]


class Known(NamedTuple):
    """What is known of a block: how many rows are stored, the columns dropped of all, the rest."""

    rows: int
    unknown: Counter[str]
    rest: Block


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
        """The digest of a block's lines; None: it has none."""
        if len(block.lines) == 0:
            return None
        _, offsets, data = block.lines.buffers()
        return self._pseudonyms.digest(bytes(offsets) + bytes(data))

    def may_know(self, digest: UUID | None) -> bool:
        """Whether it is worth asking; for any thread."""
        return digest in self._seen

    def find(self, block: Block, digest: UUID, basis: UUID) -> Known | None:
        """What is known of a block; None: it is to be read."""
        found = self._connection.execute(_FIND, {"digest": digest, "basis": basis}).fetchone()
        if found is None:
            return None
        rows, rest, unknown = found
        lines = block.lines.take(pa.array(rest, pa.int64()))
        numbers = block.numbers[np.array(rest, np.int64)]
        return Known(rows, Counter(unknown), Block(numbers, lines, block.refused))

    def remember(
        self, block: Block, digest: UUID, basis: UUID, load_id: int, stored: Stored
    ) -> None:
        """Notes what of a block is stored."""
        if len(stored.numbers) == 0:
            return
        days = stored.events["occurred_on"]
        place = pc.index(days, pc.min(days)).as_py()
        self._connection.execute(
            _REMEMBER,
            {
                "digest": digest,
                "basis": basis,
                "load_id": load_id,
                "row_count": len(stored.numbers),
                "rest": np.flatnonzero(~np.isin(block.numbers, stored.numbers)).tolist(),
                "unknown_columns": Jsonb(bounded(stored.unknown)),
                "first_occurred_on": days[place].as_py(),
                "first_event_id": UUID(bytes=stored.events["event_id"][place].as_py()),
            },
        )

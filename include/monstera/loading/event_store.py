"""Accepted events into the warehouse, each once."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from psycopg import Connection, errors, sql

from monstera.definitions import EventType
from monstera.loading.binary_copy import copy_table
from monstera.loading.flaws import Mask
from monstera.loading.json_rows import Codes

EVENTS = sql.Identifier("bronze", "events")
FACTS = sql.Identifier("bronze", "entity_facts")
JSONB = {"metadata"}

_PENDING = """
create temp table if not exists pending_events (
    place integer, occurred_on date, event_id uuid
) on commit drop
"""
# Lateral and limited: a look into the index for each id, whatever the planner expects.
_STORED = """
select p.place, e.content_digest
from pending_events as p
cross join lateral (
    select content_digest
    from bronze.events as s
    where s.occurred_on = p.occurred_on and s.event_id = p.event_id
    limit 1
) as e
"""
_PENDING_SIGNUPS = """
create temp table if not exists pending_signups (
    entity_id uuid, occurred_at timestamptz, event_id uuid, load_id bigint
) on commit drop
"""
_SIGN_UP = """
insert into bronze.user_signups as known (user_id, event_occurred_at, event_id, load_id)
select distinct on (entity_id) entity_id, occurred_at, event_id, load_id
from pending_signups
order by entity_id, occurred_at, event_id
on conflict (user_id) do update
set event_occurred_at = excluded.event_occurred_at,
    event_id = excluded.event_id,
    load_id = excluded.load_id
where known.event_occurred_at is null
    or (excluded.event_occurred_at, excluded.event_id) < (known.event_occurred_at, known.event_id)
"""


@dataclass(frozen=True)
class Stored:
    """What became of events, by their places in the table given."""

    accepted: Codes
    duplicate: Codes
    conflicting: Codes


class EventStore:
    """Writes events in the transaction of one load.

    Starts in the hope that nothing repeats what is stored, and looks ids up beforehand once that
    proved wrong.
    """

    def __init__(
        self, connection: "Connection[tuple[object, ...]]", event_types: Iterable[EventType]
    ) -> None:
        self._connection = connection
        built_in = [kind.event_type for kind in event_types if kind.is_built_in]
        self._built_in = pa.array(built_in, pa.string())
        self._may_repeat = False
        self._months: set[int] = set()

    def add(self, table: pa.Table) -> Stored:
        """Stores the events that are new.

        One with the day and id of another is a duplicate where the content is the same, else in
        conflict with it; the first stands.
        """
        order, is_repeated = _sorted(table)
        duplicate, conflicting = _repeated(table, order, is_repeated)
        fresh = order[~is_repeated]
        self._ensure_partitions(table)
        if not self._may_repeat and self._copy_in_hope(table.take(fresh)):
            return Stored(fresh, duplicate, conflicting)
        self._may_repeat = True
        is_stored, is_same = self._compare(table.take(fresh))
        accepted = fresh[~is_stored]
        self._copy(table.take(accepted))
        return Stored(
            accepted,
            np.concatenate([duplicate, fresh[is_stored & is_same]]),
            np.concatenate([conflicting, fresh[is_stored & ~is_same]]),
        )

    def _ensure_partitions(self, table: pa.Table) -> None:
        days = table["occurred_on"].combine_chunks()
        months = pc.unique(pc.floor_temporal(days, unit="month"))
        for month in months.to_pylist():
            if month not in self._months:
                self._connection.execute("select bronze.ensure_event_partition(%s)", [month])
                self._months.add(month)

    def _copy_in_hope(self, table: pa.Table) -> bool:
        try:
            with self._connection.transaction():
                self._copy(table)
        except errors.UniqueViolation:
            return False
        return True

    def _copy(self, table: pa.Table) -> None:
        copy_table(self._connection, EVENTS, table, JSONB)
        is_fact = pc.and_(
            pc.is_in(table["event_type"], self._built_in),
            pc.is_in(table["entity_type"], pa.array(["user", "account"])),
        )
        facts = table.filter(is_fact)
        if facts.num_rows == 0:
            return
        columns = ["entity_id", "occurred_at", "event_id", "entity_type", "event_type",
                   "occurred_on", "metadata", "load_id"]  # fmt: skip
        copy_table(self._connection, FACTS, facts.select(columns), JSONB)
        signups = facts.filter(
            pc.and_(
                pc.equal(facts["event_type"], "user_signed_up"),
                pc.equal(facts["entity_type"], "user"),
            )
        )
        if signups.num_rows:
            self._sign_up(signups.select(["entity_id", "occurred_at", "event_id", "load_id"]))

    def _sign_up(self, signups: pa.Table) -> None:
        self._connection.execute(_PENDING_SIGNUPS)
        self._connection.execute("truncate pending_signups")
        copy_table(self._connection, sql.Identifier("pending_signups"), signups)
        self._connection.execute(_SIGN_UP)

    def _compare(self, table: pa.Table) -> tuple[Mask, Mask]:
        """Which events are stored already, and which of those with the same content."""
        self._connection.execute(_PENDING)
        self._connection.execute("truncate pending_events")
        place = pa.array(np.arange(table.num_rows, dtype=np.int32))
        keys = table.select(["occurred_on", "event_id"]).add_column(0, "place", place)
        copy_table(self._connection, sql.Identifier("pending_events"), keys)
        found = self._connection.execute(_STORED, binary=True).fetchall()
        is_stored = np.zeros(table.num_rows, bool)
        is_same = np.zeros(table.num_rows, bool)
        if found:
            places, digests = (np.array(values) for values in zip(*found, strict=True))
            is_stored[places] = True
            is_same[places] = table["content_digest"].to_numpy()[places] == digests
        return is_stored, is_same


def _sorted(table: pa.Table) -> tuple[Codes, Mask]:
    """Places in order of day and id, as in the index, and which repeat the one before."""
    days = table["occurred_on"].combine_chunks().cast(pa.int32()).to_numpy()
    ids = _halves(table["event_id"].combine_chunks())
    order = np.lexsort((ids[:, 1], ids[:, 0], days))
    days, ids = days[order], ids[order]
    is_repeated = np.zeros(len(order), bool)
    is_repeated[1:] = (days[1:] == days[:-1]) & (ids[1:] == ids[:-1]).all(axis=1)
    return order, is_repeated


def _repeated(table: pa.Table, order: Codes, is_repeated: Mask) -> tuple[Codes, Codes]:
    """Places of events that repeat an earlier one, and of those that contradict it."""
    digests = table["content_digest"].to_numpy()[order]
    group = np.cumsum(~is_repeated) - 1
    first = np.flatnonzero(~is_repeated)
    is_same = digests == digests[first[group]] if len(order) else is_repeated
    return order[is_repeated & is_same], order[is_repeated & ~is_same]


def _halves(ids: pa.FixedSizeBinaryArray) -> npt.NDArray[np.uint64]:
    data = np.frombuffer(ids.buffers()[1], ">u8")
    return data[ids.offset * 2 : (ids.offset + len(ids)) * 2].reshape(-1, 2)

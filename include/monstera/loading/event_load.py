"""One file of events into the warehouse: parse, judge, store, quarantine."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from psycopg import Connection

from monstera.definitions import MetadataField
from monstera.loading.ahead import work_ahead
from monstera.loading.event_store import EventStore
from monstera.loading.events import EventBatch, EventReader
from monstera.loading.json_rows import Codes
from monstera.loading.judge import Judge
from monstera.loading.known import KnownEntities
from monstera.loading.known_blocks import Known, KnownBlocks, Read, Stored
from monstera.loading.lines import Block
from monstera.loading.manifest import Counts
from monstera.loading.quarantine import Quarantine, QuarantinedRow, raw_event, refused_line
from monstera.loading.suppression import suppressed_entities, tokens_in
from monstera.loading.taxonomy import ALWAYS_ALLOWED

CONFLICTING_DUPLICATE = "conflicting_duplicate"
OWN_FAULTS = ("missing_field:", "wrong_type:")
"""Reasons that no later fact or definition takes away: such a row is not tried again."""

OnRows = Callable[[int], None]
"""Called with the number of rows read so far."""


class EventLoad:
    """Loads events in one transaction, under one load_id."""

    def __init__(
        self,
        connection: "Connection[Any]",
        reader: EventReader,
        load_id: int,
        quarantine: Quarantine,
    ) -> None:
        definitions = reader.definitions
        self._reader = reader
        self._load_id = load_id
        self._quarantine = quarantine
        self._suppressed = suppressed_entities(connection)
        known = KnownEntities(connection, definitions.lifecycle.business_time_zone)
        self._judge = Judge(known, self._suppressed)
        self._store = EventStore(connection, definitions.event_types.values())
        self.counts = Counts()

    def add_blocks(
        self, blocks: Iterator[Block], dt: date, known: KnownBlocks, on_rows: OnRows
    ) -> None:
        """Loads the blocks of a file that was delivered on `dt`."""
        basis = known.basis(self._suppressed)

        def read(block: Block) -> Read:
            digest = known.digest(block)
            is_seen = known.may_know(digest)
            return Read(block, digest, None if is_seen else list(self._reader.read(block, dt)))

        with closing(work_ahead(read, blocks)) as ahead:
            for block, digest, batches in ahead:
                found = known.find(block, digest, basis) if digest and batches is None else None
                if found is not None:
                    self._add_known(found, dt)
                else:
                    suppressed = self.counts.suppressed
                    stored = self._add_all(batches or list(self._reader.read(block, dt)))
                    if digest and self.counts.suppressed == suppressed:
                        known.remember(block, digest, basis, self._load_id, stored)
                on_rows(self.counts.rows_read)

    def _add_known(self, known: Known, dt: date) -> None:
        """Counts what is stored of a block, and loads the rest."""
        unknown = self.counts.unknown_columns + known.unknown
        self.counts.rows_read += known.rows
        self.counts.duplicate += known.rows
        if len(known.rest.lines) or known.rest.refused:
            self._add_all(list(self._reader.read(known.rest, dt)))
        self.counts.unknown_columns = unknown

    def _add_all(self, batches: list[EventBatch]) -> Stored:
        """Loads the batches of a block and returns what of them is stored."""
        places = [self.add(batch) for batch in batches]
        events = [
            batch.table.select(["occurred_on", "event_id"]).take(stored)
            for batch, stored in zip(batches, places, strict=True)
        ]
        numbers = [batch.numbers[stored] for batch, stored in zip(batches, places, strict=True)]
        unknown = sum((batch.unknown for batch in batches), Counter[str]())
        return Stored(np.concatenate(numbers), pa.concat_tables(events), unknown)

    def add(self, batch: EventBatch) -> Codes:
        """Loads one batch and returns the places of the events that are accepted or known."""
        user_id, suppressed = self._judge.judge(batch)
        flawed = batch.flaws.any() & ~suppressed
        good = np.flatnonzero(~flawed & ~suppressed)
        table = batch.table.drop_columns(["given_type"]).append_column("user_id", user_id)
        table = table.append_column("load_id", pa.array(np.full(len(batch), self._load_id)))
        stored = self._store.add(table.take(good))
        conflicting = good[stored.conflicting]
        batch.flaws.add(CONFLICTING_DUPLICATE, conflicting)

        counts = self.counts
        counts.rows_read += len(batch) + len(batch.refused)
        counts.accepted += len(stored.accepted)
        counts.duplicate += len(stored.duplicate)
        counts.suppressed += int(suppressed.sum())
        counts.unknown_columns += batch.unknown
        span = pc.min_max(batch.table["occurred_on"].take(good[stored.accepted])).as_py()
        counts.add_days(span["min"], span["max"])
        places = np.union1d(np.flatnonzero(flawed), conflicting)
        tokens = self._reader.tokens
        lines = [refused_line(line, tokens) for line in batch.refused]
        self._refuse([*self._rows(batch, places), *lines])
        return np.setdiff1d(np.arange(len(batch)), places)

    def _refuse(self, rows: list[QuarantinedRow]) -> None:
        kept = [row for row in rows if self._suppressed.isdisjoint(tokens_in(row.raw))]
        self.counts.suppressed += len(rows) - len(kept)
        self.counts.quarantined += self._quarantine.add(kept)

    def _rows(self, batch: EventBatch, places: Codes) -> Iterator[QuarantinedRow]:
        columns = ["event_id", "entity_id", "occurred_on", "occurred_at", "received_at",
                   "event_type", "given_type", "content_digest"]  # fmt: skip
        rows = batch.table.select(columns).take(places).to_pylist()
        lines = batch.lines.take(pa.array(places)).to_pylist()
        reasons = batch.flaws.reasons(places.tolist())
        for number, row, line, why in zip(
            batch.numbers[places].tolist(), rows, lines, reasons, strict=True
        ):
            derived = {
                "event_id": str(UUID(bytes=row["event_id"])),
                "timestamp": row["occurred_at"] and row["occurred_at"].isoformat(),
                "received_at": row["received_at"] and row["received_at"].isoformat(),
            }
            yield QuarantinedRow(
                line_number=number,
                raw=raw_event(line, self._reader.tokens, self._allowed(row["event_type"]), derived),
                reasons=why,
                event_type=row["given_type"],
                entity_id=row["entity_id"] and UUID(bytes=row["entity_id"]),
                occurred_on=row["occurred_on"],
                digest=row["content_digest"],
                is_whole=not any(reason.startswith(OWN_FAULTS) for reason in why),
            )

    def _allowed(self, event_type: str | None) -> dict[str, MetadataField] | None:
        """Metadata that may be stored; None: the type is unknown."""
        kind = self._reader.definitions.event_types.get(event_type or "")
        return None if kind is None else {**ALWAYS_ALLOWED, **kind.metadata}

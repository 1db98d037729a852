"""One file of users, accounts or a further feed into the warehouse."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from typing import Any, Protocol
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from psycopg import Connection, sql

from monstera.definitions import Column
from monstera.loading.ahead import work_ahead
from monstera.loading.binary_copy import copy_table
from monstera.loading.entity_tables import DISPLAY_NAME
from monstera.loading.event_load import OnRows
from monstera.loading.flaws import Mask
from monstera.loading.hiding import HIDDEN
from monstera.loading.json_rows import Codes
from monstera.loading.lines import Block
from monstera.loading.manifest import Counts
from monstera.loading.quarantine import Quarantine, QuarantinedRow, raw_record, refused_line
from monstera.loading.records import RecordBatch, RecordReader
from monstera.loading.suppression import suppressed_entities, tokens_in


class RecordTable(Protocol):
    """A table that records go to, by way of a temporary table named `pending`."""

    columns: dict[str, Column]
    pending: str

    def prepare(self, connection: "Connection[Any]") -> None:
        """Makes the table where it is missing; as the owner, before the load."""
        ...

    def begin(self, connection: "Connection[Any]") -> None:
        """Makes the temporary table."""
        ...

    def merge(self, connection: "Connection[Any]", load_id: int, dt: date) -> int:
        """Brings what is new in the temporary table into the table and returns how much it was."""
        ...


class RecordLoad:
    """Loads records in one transaction, under one load_id."""

    def __init__(
        self,
        connection: "Connection[Any]",
        reader: RecordReader,
        load_id: int,
        quarantine: Quarantine,
        table: RecordTable,
    ) -> None:
        self._connection = connection
        self._reader = reader
        self._load_id = load_id
        self._quarantine = quarantine
        self._table = table
        self._ids = [name for name, column in reader.columns.items() if column.pseudonym]
        self._subject = self._ids[0] if self._ids else None
        self._suppressed = suppressed_entities(connection)
        self.counts = Counts()

    def add_blocks(self, blocks: Iterator[Block], dt: date, on_rows: OnRows) -> None:
        """Loads the blocks of a file that was delivered on `dt`."""
        self._table.begin(self._connection)
        pending = 0
        with closing(work_ahead(lambda block: list(self._reader.read(block)), blocks)) as ahead:
            for batches in ahead:
                for batch in batches:
                    good, _, flawed = self._stage(batch)
                    self._refuse(batch, flawed)
                    pending += len(good)
                on_rows(self.counts.rows_read)
        self._merge(pending, dt)

    def replay(self, block: Block, dt: date) -> Codes:
        """Tries quarantined records again and returns the numbers of those that leave.

        The others stay as they are.
        """
        self._table.begin(self._connection)
        leaving = []
        pending = 0
        for batch in self._reader.read(block):
            good, suppressed, flawed = self._stage(batch)
            pending += len(good)
            self.counts.quarantined += len(flawed) + len(batch.refused)
            leaving.append(batch.numbers[np.union1d(good, suppressed)])
        self._merge(pending, dt)
        return np.concatenate(leaving)

    def _merge(self, pending: int, dt: date) -> None:
        self.counts.accepted = self._table.merge(self._connection, self._load_id, dt)
        self.counts.duplicate = pending - self.counts.accepted

    def _stage(self, batch: RecordBatch) -> tuple[Codes, Codes, Codes]:
        """Puts the good records into the temporary table.

        Returns:
            Places of the good records, of those of erased entities, and of flawed ones.
        """
        table, suppressed = self._without_erased(batch.table)
        flawed = batch.flaws.any() & ~suppressed
        good = np.flatnonzero(~flawed & ~suppressed)
        copy_table(self._connection, sql.Identifier(self._table.pending), table.take(good))
        self.counts.rows_read += len(batch) + len(batch.refused)
        self.counts.suppressed += int(suppressed.sum())
        self.counts.unknown_columns += batch.unknown
        return good, np.flatnonzero(suppressed), np.flatnonzero(flawed)

    def _without_erased(self, table: pa.Table) -> tuple[pa.Table, Mask]:
        """The records without references to erased entities, and which are about one."""
        about_erased = np.zeros(table.num_rows, bool)
        if not self._suppressed:
            return table, about_erased
        for name in self._ids:
            tokens = table[name].combine_chunks()
            erased = np.array([token in self._suppressed for token in tokens.to_pylist()], bool)
            if name == self._subject:
                about_erased = erased
            place = table.column_names.index(name)
            kept = pc.if_else(pa.array(erased), pa.scalar(None, tokens.type), tokens)
            table = table.set_column(place, name, kept)
        return table, about_erased

    def _refuse(self, batch: RecordBatch, places: Codes) -> None:
        lines = batch.lines.take(pa.array(places)).to_pylist()
        reasons = batch.flaws.reasons(places.tolist())
        ids: list[bytes | None] = [None] * len(places)
        if self._subject is not None:
            ids = batch.table[self._subject].take(places).to_pylist()
        rows = [
            self._quarantined(number, line, why, id)
            for number, line, why, id in zip(
                batch.numbers[places].tolist(), lines, reasons, ids, strict=True
            )
        ]
        rows += [refused_line(line, self._reader.tokens) for line in batch.refused]
        kept = [row for row in rows if self._suppressed.isdisjoint(tokens_in(row.raw))]
        self.counts.suppressed += len(rows) - len(kept)
        self.counts.quarantined += self._quarantine.add(kept)

    def _quarantined(
        self, number: int, line: str, reasons: list[str], id: bytes | None
    ) -> QuarantinedRow:
        columns = {name: name in self._ids for name in self._reader.columns if name != DISPLAY_NAME}
        raw = raw_record(line, self._reader.tokens, columns)
        # A token does not tell what was delivered in its place, nor a hidden address.
        wrong_ids = {f"wrong_type:{name}" for name in self._ids}
        is_whole = wrong_ids.isdisjoint(reasons) and HIDDEN not in raw
        return QuarantinedRow(
            number, raw, reasons, entity_id=UUID(bytes=id) if id else None, is_whole=is_whole
        )

"""Delivered records of a feed with declared columns, typed, with what is wrong with each."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from monstera.definitions import Column
from monstera.loading.contracts import MISSING, RIGHT, WRONG, record_contract
from monstera.loading.conversions import MOMENT, dates, moments, whole_numbers
from monstera.loading.flaws import Flaws, as_mask
from monstera.loading.hiding import members_without_people
from monstera.loading.json_rows import (
    ABSENT,
    ARRAY,
    BOOLEAN,
    NUMBER,
    OBJECT,
    TEXT,
    Codes,
    JsonReader,
    Rows,
)
from monstera.loading.lines import Block, RefusedLine
from monstera.loading.pseudonyms import Tokens

KINDS = {
    "string": {TEXT},
    "integer": {NUMBER},
    "number": {NUMBER},
    "boolean": {BOOLEAN},
    "timestamp": {TEXT},
    "date": {TEXT},
    "array": {ARRAY},
    "object": {OBJECT},
}
TYPES_OF_NO_TEXT = {"integer", "number", "boolean", "array", "object"}

CREATED = ("user_created_at", "account_created_at")
EPOCH = pa.scalar(0, MOMENT)
"""Sources that know no time of creation send 0001-01-01; a history of 2,000 years is of no use."""


@dataclass(frozen=True)
class RecordBatch:
    """Records of a block.

    Attributes:
        table: the columns; ids as 16 bytes, numbers and JSON as text.
        numbers: line of each record in its file.
        lines: each record as JSON, as delivered.
        flaws: what is wrong with each record.
        refused: lines that hold no record.
        unknown: names of columns that were dropped, with their numbers of rows.
    """

    table: pa.Table
    numbers: Codes
    lines: pa.StringArray
    flaws: Flaws
    refused: list[RefusedLine]
    unknown: Counter[str]

    def __len__(self) -> int:
        return len(self.numbers)


class RecordReader:
    """Reads blocks of JSON lines as records with the given columns."""

    def __init__(self, columns: Mapping[str, Column], tokens: Tokens) -> None:
        self.columns = dict(columns)
        self.tokens = tokens
        self._json = JsonReader(list(columns))
        self._contract = record_contract(columns)

    @property
    def typed(self) -> set[str]:
        """Columns whose text in CSV stands for something else."""
        return {name for name, column in self.columns.items() if column.type in TYPES_OF_NO_TEXT}

    def read(self, block: Block) -> Iterator[RecordBatch]:
        """The block's records."""
        for rows in self._json.read(block):
            yield self._batch(rows)

    def _batch(self, rows: Rows) -> RecordBatch:
        flaws = Flaws(len(rows))
        status: dict[str, np.ndarray[tuple[int], np.dtype[np.int8]]] = {}
        table: dict[str, pa.Array] = {}
        for name, column in self.columns.items():
            kinds, texts = rows.kinds[name], rows.texts[name]
            is_empty = as_mask(pc.equal(texts, "").fill_null(False))
            is_missing = (kinds == ABSENT) | (is_empty & (kinds == TEXT))
            is_right = np.isin(kinds, list(KINDS[column.type])) & ~is_missing
            values = self._typed(column, pc.if_else(pa.array(is_right), texts, None))
            is_right &= as_mask(values.is_valid())
            if name in CREATED:
                is_right &= ~as_mask(pc.less(values, EPOCH).fill_null(False))
            status[name] = np.where(is_right, RIGHT, np.where(is_missing, MISSING, WRONG)).astype(
                np.int8
            )
            table[name] = values
        self._contract.find_flaws(status, flaws)
        return RecordBatch(
            pa.table(table), rows.numbers, rows.lines, flaws, rows.refused, rows.unknown
        )

    def _typed(self, column: Column, texts: pa.StringArray) -> pa.Array:
        if column.pseudonym:
            return self.tokens.column(texts)
        if column.type == "timestamp":
            return moments(texts)
        if column.type == "date":
            return dates(texts)
        if column.type == "integer":
            return whole_numbers(texts)
        if column.type in {"array", "object"}:
            return members_without_people(texts, self.tokens)
        return texts

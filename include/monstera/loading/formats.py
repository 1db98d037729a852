"""Files of any format as blocks of JSON lines, in bounded memory."""

import csv
import hashlib
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from gzip import BadGzipFile
from itertools import chain
from typing import Any, BinaryIO, cast

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from isal import igzip, isal_zlib

from monstera.loading.landing import LandingFile, LandingZone, UnreadableFile
from monstera.loading.lines import (
    BAD_ENCODING,
    HEAD_BYTES,
    MAX_LINE_BYTES,
    TOO_LARGE,
    Block,
    Readable,
    RefusedLine,
    blocks,
)
from monstera.loading.strict_json import RefusedJson, parse

MAX_RATIO = 100
RATIO_COUNTS_FROM = 16 * 1024 * 1024
"""Uncompressed bytes from which on the ratio tells a bomb from a small file of repetitions."""

ROWS_AT_A_TIME = 2_000
LINES_OF_A_RECORD = 100
MALFORMED_CSV = "malformed_csv"
READ_BYTES = 1024 * 1024
METADATA = "metadata"
METADATA_PREFIX = f"{METADATA}."

GZIP_ERRORS = (EOFError, BadGzipFile, cast(type[Exception], isal_zlib.error))

csv.field_size_limit(MAX_LINE_BYTES)


def checksum(zone: LandingZone, file: LandingFile) -> str:
    """SHA-256 of the file as delivered."""
    digest = hashlib.sha256()
    with zone.open(file) as stream:
        while data := stream.read(READ_BYTES):
            digest.update(data)
    return digest.hexdigest()


def read_blocks(
    zone: LandingZone, file: LandingFile, typed: Collection[str] = ()
) -> Iterator[Block]:
    """The file's rows as lines of JSON.

    `typed` names CSV columns that hold numbers, truth values, lists or objects (as JSON), since
    CSV knows only text; `metadata.<key>` columns of CSV become members of `metadata`.

    Raises:
        UnreadableFile: it is not what its name says, cut off, or a compression bomb.
    """
    with zone.open(file) as raw:
        try:
            if file.format == "parquet":
                yield from _parquet(raw, file.size)
                return
            stream: Readable = _Unpacked(raw) if file.is_gzipped else raw
            if file.format == "csv":
                yield from _csv(blocks(stream), frozenset(typed))
            else:
                yield from blocks(stream)
        except GZIP_ERRORS as error:
            raise UnreadableFile(f"is cut off or no gzip file: {error}") from None
        except pa.ArrowException as error:
            raise UnreadableFile(f"is no Parquet file: {type(error).__name__}") from None


class _Unpacked:
    """A gzip stream that stops when it grows out of all proportion."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._stream: BinaryIO = igzip.open(raw)
        self._size = 0

    def read(self, size: int, /) -> bytes:
        data = self._stream.read(size)
        self._size += len(data)
        if self._size > RATIO_COUNTS_FROM and self._size > MAX_RATIO * max(self._raw.tell(), 1):
            raise UnreadableFile(
                f"unpacks to more than {MAX_RATIO} times its size: it is taken for a bomb. "
                "Deliver it unpacked or in parts."
            )
        return data


def _json_block(rows: list[tuple[int, bytes]], refused: list[RefusedLine]) -> Block:
    return Block(
        np.array([number for number, _ in rows], np.int64),
        pa.array([line for _, line in rows], pa.binary()).cast(pa.string()),
        refused,
    )


def _csv(lines: Iterator[Block], typed: frozenset[str]) -> Iterator[Block]:
    header: list[str] | None = None
    pending = _Records()
    for block in chain(lines, [None]):
        rows: list[tuple[int, bytes]] = []
        refused = [replace(line, is_json=False) for line in block.refused] if block else []
        for number, fields in pending.add(block, refused) if block else pending.rest(refused):
            if header is None:
                if any(line.number < number for line in refused):
                    break
                header = _header(fields)
            elif len(fields) != len(header):
                refused.append(_malformed(number, ",".join(fields)))
            else:
                line = orjson.dumps(_object(header, fields, typed))
                rows.append((number, line))
        if header is None and refused:
            raise UnreadableFile("has a header line that cannot be read: is it CSV in UTF-8?")
        yield _json_block(rows, refused)
    if header is None:
        raise UnreadableFile("has no header line")


class _Records:
    """Lines put together to records: one goes on while a quotation is open."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str]] = []

    def add(self, block: Block, refused: list[RefusedLine]) -> Iterator[tuple[int, list[str]]]:
        """Records that are complete, with the number of their first line."""
        lines = zip(block.numbers.tolist(), block.lines.to_pylist(), strict=True)
        yield from self._complete(list(lines), refused)

    def rest(self, refused: list[RefusedLine]) -> Iterator[tuple[int, list[str]]]:
        """Records after a quotation that the end of the file left open."""
        while self._open:
            refused.append(_malformed(*self._open[0]))
            lines, self._open = self._open[1:], []
            yield from self._complete(lines, refused)

    def _complete(
        self, lines: list[tuple[int, str]], refused: list[RefusedLine]
    ) -> Iterator[tuple[int, list[str]]]:
        queue = lines[::-1]
        while queue:
            self._open.append(queue.pop())
            number, _ = self._open[0]
            text = "\n".join(line.rstrip("\r\n") for _, line in self._open)
            try:
                fields = _fields(text)
            except csv.Error:
                self._open = []
                refused.append(_malformed(number, text))
                continue
            if fields is not None:
                self._open = []
                yield number, fields
            elif len(self._open) > LINES_OF_A_RECORD or len(text) > MAX_LINE_BYTES:
                # The quotation never ends: its line is bad, the lines after it may be good.
                refused.append(_malformed(*self._open[0]))
                queue += self._open[:0:-1]
                self._open = []


def _fields(text: str) -> list[str] | None:
    """The fields of a record; None: a quotation in it is still open."""
    try:
        return next(csv.reader([text], strict=True), [])
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            return None
        return next(csv.reader([text]))  # text after a quotation, which lenient writers leave


def _malformed(number: int, text: str) -> RefusedLine:
    return RefusedLine(number, text[:HEAD_BYTES], MALFORMED_CSV, is_json=False)


def _header(fields: list[str]) -> list[str]:
    names = [field.strip() for field in fields]
    if len(set(names)) != len(names) or not all(names):
        raise UnreadableFile("has a header line with an empty or repeated column")
    return names


def _object(header: list[str], fields: list[str], typed: frozenset[str]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    members: dict[str, Any] = {}
    for name, text in zip(header, fields, strict=True):
        if text == "":
            continue
        value = _typed(text) if name in typed else text
        if name.startswith(METADATA_PREFIX):
            members[name.removeprefix(METADATA_PREFIX)] = value
        else:
            row[name] = value
    return _with_metadata(row, members)


def _with_metadata(row: dict[str, Any], members: dict[str, Any]) -> dict[str, Any]:
    """The row with `metadata` as an object where it is the JSON text of one."""
    given = row.get(METADATA)
    if isinstance(given, str):
        with suppress(RefusedJson):
            row[METADATA] = parse(given)
    if members and isinstance(row.setdefault(METADATA, {}), dict):
        row[METADATA] = {**row[METADATA], **members}
    return row


def _typed(text: str) -> Any:
    """The number, truth value, list or object that a text is, else the text."""
    if text in {"True", "TRUE", "False", "FALSE"}:
        return text.lower() == "true"
    try:
        value = parse(text)
    except RefusedJson:
        return text
    return value if isinstance(value, int | float | list | dict) else text


def _parquet(raw: BinaryIO, size: int) -> Iterator[Block]:
    file = pq.ParquetFile(raw, buffer_size=READ_BYTES, pre_buffer=False)
    about = file.metadata
    unpacked = sum(about.row_group(place).total_byte_size for place in range(about.num_row_groups))
    if unpacked > RATIO_COUNTS_FROM and unpacked > MAX_RATIO * size:
        raise UnreadableFile(f"unpacks to more than {MAX_RATIO} times its size")
    number = 1
    for batch in file.iter_batches(ROWS_AT_A_TIME, use_threads=False):
        rows: list[tuple[int, bytes]] = []
        refused: list[RefusedLine] = []
        for place in range(batch.num_rows):
            line, reason = _parquet_row(batch, place)
            if reason is None and len(line) > MAX_LINE_BYTES:
                reason = TOO_LARGE
            if reason is None:
                rows.append((number + place, line))
            else:
                head = line[:HEAD_BYTES].decode(errors="replace")
                refused.append(RefusedLine(number + place, head, reason))
        number += batch.num_rows
        yield _json_block(rows, refused)


def _parquet_row(batch: pa.RecordBatch, place: int) -> tuple[bytes, str | None]:
    """A row as JSON, or why it cannot be."""
    try:
        row = batch.slice(place, 1).to_pylist(maps_as_pydicts="strict")[0]
        return orjson.dumps(_with_metadata(row, {}), default=_plain), None
    except (UnicodeDecodeError, orjson.JSONEncodeError, KeyError):
        return b"", BAD_ENCODING


def _plain(value: Any) -> Any:
    """What JSON has for a Python value that it does not know."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, datetime):  # Pandas' own, of columns in nanoseconds
        return value.isoformat()
    raise TypeError(type(value).__name__)

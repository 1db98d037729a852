"""Arrow tables in PostgreSQL's binary COPY format, built column by column."""

from collections.abc import Callable, Collection

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from psycopg import Connection, sql

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
NULL = pa.scalar(b"\xff\xff\xff\xff", pa.binary())
EMPTY = pa.scalar(b"", pa.binary())
JSONB_VERSION = pa.scalar(b"\x01", pa.binary())

Bytes = npt.NDArray[np.uint8]
AsBytes = Callable[[pa.Array], Bytes]

UNIX_TO_POSTGRES_DAYS = 10_957  # from 1970-01-01 to 2000-01-01
UNIX_TO_POSTGRES_MICROSECONDS = UNIX_TO_POSTGRES_DAYS * 86_400 * 1_000_000


def copy_table(
    connection: "Connection[tuple[object, ...]]",
    target: sql.Composable,
    table: pa.Table,
    jsonb: Collection[str] = (),
) -> None:
    """Copies the rows into a table that has columns of these names.

    Arrow types become: timestamp → timestamptz, date32 → date, int16/32/64 and bool likewise,
    16 bytes → uuid, string → text, or jsonb for the columns named so.
    """
    columns = sql.SQL(", ").join(map(sql.Identifier, table.column_names))
    statement = sql.SQL("copy {} ({}) from stdin (format binary)").format(target, columns)
    with connection.cursor().copy(statement) as copy:
        copy.write(HEADER)
        if table.num_rows:
            copy.write(encode(table, jsonb))
        copy.write(TRAILER)


def encode(table: pa.Table, jsonb: Collection[str] = ()) -> memoryview:
    """The rows as the body of a binary COPY; at most 2 GB."""
    count = len(table.column_names).to_bytes(2, "big")
    pieces: list[pa.Array | pa.Scalar] = []
    fixed = [np.frombuffer(count * table.num_rows, np.uint8).reshape(-1, 2)]
    for name, column in zip(table.column_names, table.columns, strict=True):
        values = column.combine_chunks()
        as_bytes = _fixed_format(values.type)
        if as_bytes is None:
            pieces += [*_joined(fixed), *_text(values, name in jsonb)]
            fixed = []
        elif values.null_count:
            field = _binary(_field(as_bytes(values)))
            pieces += [*_joined(fixed), pc.if_else(values.is_valid(), field, NULL)]
            fixed = []
        else:
            fixed.append(_field(as_bytes(values)))
    pieces += _joined(fixed)
    rows = pc.binary_join_element_wise(*pieces, EMPTY)
    _, offsets, data = rows.buffers()
    ends = np.frombuffer(offsets, np.int32)
    return memoryview(data)[ends[rows.offset] : ends[rows.offset + len(rows)]]


def _fixed_format(kind: pa.DataType) -> AsBytes | None:
    """How values of a type of fixed width become bytes; None: it has no fixed width.

    Raises:
        TypeError: there is no format for the type.
    """
    if pa.types.is_string(kind) or pa.types.is_binary(kind):
        return None
    if kind == pa.binary(16):
        return _ids
    if pa.types.is_timestamp(kind):
        return _microseconds
    if pa.types.is_date32(kind):
        return _days
    if pa.types.is_boolean(kind):
        return lambda values: _numbers(values, ">i1")
    if pa.types.is_integer(kind):
        return lambda values: _numbers(values, f">i{kind.bit_width // 8}")
    raise TypeError(f"no binary COPY format for {kind}")


def _text(values: pa.Array, is_jsonb: bool) -> list[pa.Array | pa.Scalar]:
    content = values.cast(pa.binary())
    extra = 1 if is_jsonb else 0
    lengths = pc.add(pc.binary_length(content), extra).fill_null(-1)
    prefix = _binary(lengths.to_numpy().astype(">i4").view(np.uint8).reshape(-1, 4))
    if is_jsonb and values.null_count:
        raise TypeError("jsonb columns hold no nulls")
    version = [JSONB_VERSION] if is_jsonb else []
    return [prefix, *version, content.fill_null(b"")]


def _field(content: Bytes) -> Bytes:
    """Values, each after its length."""
    rows, width = content.shape
    field = np.empty((rows, width + 4), np.uint8)
    field[:, :4] = np.frombuffer(width.to_bytes(4, "big"), np.uint8)
    field[:, 4:] = content
    return field


def _joined(fields: list[Bytes]) -> list[pa.BinaryArray]:
    """Fields that lie beside each other in one piece; none, where there is no field."""
    return [_binary(np.concatenate(fields, axis=1))] if fields else []


def _microseconds(values: pa.TimestampArray) -> Bytes:
    return _numbers(pc.subtract(values.cast(pa.int64()), UNIX_TO_POSTGRES_MICROSECONDS), ">i8")


def _days(values: pa.Date32Array) -> Bytes:
    return _numbers(
        pc.subtract(values.cast(pa.int32()), pa.scalar(UNIX_TO_POSTGRES_DAYS, pa.int32())), ">i4"
    )


def _numbers(values: pa.Array, dtype: str) -> Bytes:
    empty = False if pa.types.is_boolean(values.type) else 0
    numbers = values.fill_null(empty).to_numpy(zero_copy_only=False).astype(dtype)
    content: Bytes = numbers.view(np.uint8).reshape(len(values), -1)
    return content


def _ids(values: pa.FixedSizeBinaryArray) -> Bytes:
    data = np.frombuffer(values.buffers()[1], np.uint8)
    rows: Bytes = data.reshape(-1, 16)[values.offset : values.offset + len(values)]
    return rows


def _binary(content: Bytes) -> pa.BinaryArray:
    """Rows of bytes as a binary array."""
    rows, width = content.shape
    offsets = np.arange(0, (rows + 1) * width, width, dtype=np.int32)
    data = pa.py_buffer(np.ascontiguousarray(content))
    return pa.BinaryArray.from_buffers(pa.binary(), rows, [None, pa.py_buffer(offsets), data])

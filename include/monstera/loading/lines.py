"""A stream of bytes cut into blocks of lines, in bounded memory whatever the lines are."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

BLOCK_BYTES = 2 * 1024 * 1024
BLOCK_LINES = 10_000
"""A row costs memory beside its bytes, so that short lines need a bound of their own."""
MAX_LINE_BYTES = 1024 * 1024
HEAD_BYTES = 64 * 1024
"""What is kept of a line that is refused."""

TOO_LARGE = "too_large"
BAD_ENCODING = "bad_encoding"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
NEWLINE = ord("\n")


class Readable(Protocol):
    """A stream of bytes."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""
        ...


@dataclass(frozen=True)
class RefusedLine:
    """A line that cannot be read.

    Attributes:
        number: from 1.
        text: its head.
        is_json: whether it is meant to be JSON, so that ids can be found in it.
    """

    number: int
    text: str
    reason: str
    is_json: bool = True


@dataclass(frozen=True)
class Block:
    """Lines in their order: numbers from 1, and text without line ends; refused ones apart."""

    numbers: npt.NDArray[np.int64]
    lines: pa.StringArray
    refused: list[RefusedLine] = field(default_factory=list)


def blocks(stream: Readable, block_bytes: int = BLOCK_BYTES) -> Iterator[Block]:
    """The stream's lines, a few MB at a time; blank lines are counted and left out.

    Refused are lines over 1 MB (`too_large`), and those that are not UTF-8 or hold a NUL
    (`bad_encoding`).
    """
    number = 1
    rest = b""
    data = _read(stream, block_bytes).removeprefix(BYTE_ORDER_MARK)
    while data:
        data = rest + data
        end = data.rfind(b"\n") + 1
        if end == 0 and len(data) > MAX_LINE_BYTES:
            head = data[:HEAD_BYTES]
            rest = _skip_line(stream, block_bytes)
            yield Block(_NO_NUMBERS, _NO_LINES, [RefusedLine(number, _text(head), TOO_LARGE)])
            number += 1
        else:
            rest = data[end:]
            if end:
                yield from _cut(data[:end], number)
                number += data.count(b"\n", 0, end)
        data = _read(stream, block_bytes)
    if rest:
        yield from _cut(rest + b"\n", number)


_NO_NUMBERS = np.empty(0, np.int64)
_NO_LINES = pa.array([], pa.string())


def _read(stream: Readable, size: int) -> bytes:
    """`size` bytes unless the stream ends before; streams may give less at a time."""
    parts: list[bytes] = []
    missing = size
    while missing and (part := stream.read(missing)):
        parts.append(part)
        missing -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _skip_line(stream: Readable, size: int) -> bytes:
    """Reads on to the end of the line and returns what came after it."""
    while data := stream.read(size):
        end = data.find(b"\n")
        if end >= 0:
            return data[end + 1 :]
    return b""


def _cut(data: bytes, first_number: int) -> Iterator[Block]:
    """Whole lines as blocks of at most `BLOCK_LINES`."""
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == NEWLINE)
    start = 0
    for first in range(0, len(ends), BLOCK_LINES):
        own_ends = ends[first : first + BLOCK_LINES] - start
        end = start + int(own_ends[-1]) + 1
        yield _block(data[start:end], own_ends, first_number + first)
        start = end


def _block(data: bytes, ends: npt.NDArray[np.int64], first_number: int) -> Block:
    starts = np.concatenate(([0], ends[:-1] + 1))
    lengths = ends - starts
    numbers = np.arange(first_number, first_number + len(ends), dtype=np.int64)
    if (
        b"\0" not in data
        and lengths.min() > 1
        and lengths.max() <= MAX_LINE_BYTES
        and _is_utf8(data)
    ):
        # The newline stays on each line: JSON takes it for the space that it is.
        offsets = pa.py_buffer(np.append(starts, len(data)).astype(np.int32))
        return Block(numbers, pa.StringArray.from_buffers(len(ends), offsets, pa.py_buffer(data)))
    return _block_line_by_line(data, numbers, starts, ends)


def _block_line_by_line(
    data: bytes,
    numbers: npt.NDArray[np.int64],
    starts: npt.NDArray[np.int64],
    ends: npt.NDArray[np.int64],
) -> Block:
    kept: list[tuple[int, str]] = []
    refused: list[RefusedLine] = []
    for number, start, end in zip(numbers.tolist(), starts.tolist(), ends.tolist(), strict=True):
        line = data[start:end].rstrip(b"\r")
        if len(line) > MAX_LINE_BYTES:
            refused.append(RefusedLine(number, _text(line[:HEAD_BYTES]), TOO_LARGE))
        elif b"\0" in line or not _is_utf8(line):
            refused.append(RefusedLine(number, _text(line[:HEAD_BYTES]), BAD_ENCODING))
        elif line:
            kept.append((number, line.decode()))
    return Block(
        np.array([number for number, _ in kept], np.int64),
        pa.array([line for _, line in kept], pa.string()),
        refused,
    )


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _text(data: bytes) -> str:
    """Readable text of any bytes; PostgreSQL stores no NUL."""
    return data.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")

"""Lines of JSON as columns: DuckDB reads what is plain, the strict reader what is doubtful.

DuckDB's parser is fast and lenient (repeated keys, NaN, trailing commas). So it takes only lines
that show nothing of the kind; the others are read strictly, one by one, and come back in one plain
form or are refused.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from monstera.loading.duck import array, query
from monstera.loading.flaws import Mask, as_mask
from monstera.loading.lines import Block, RefusedLine
from monstera.loading.strict_json import RefusedJson, canonical_object

Codes = npt.NDArray[np.int64]
Kinds = npt.NDArray[np.int8]

ABSENT, TEXT, NUMBER, BOOLEAN, OBJECT, ARRAY = range(6)
NO_JSON = -1
METADATA = "metadata"

_KIND_OF_FIRST_BYTE = np.full(256, NO_JSON, np.int8)
for _first_bytes, _kind in (
    (b"n", ABSENT),
    (b'"', TEXT),
    (b"-0123456789", NUMBER),
    (b"tf", BOOLEAN),
    (b"{", OBJECT),
    (b"[", ARRAY),
):
    _KIND_OF_FIRST_BYTE[list(_first_bytes)] = _kind

_READ = r"""
with checked as (
    select case
        when line like '{%' and json_valid(line)
            and not contains(line, '\u0000')
            and not regexp_matches(line, ',\s*[}\]]')
        then line
    end as document
    from given
),

extracted as (
    select document, from_json(document, $structure) as fields from checked
)

select
    document is null as is_doubtful,
    fields,
    len(json_keys(document)) as key_count,
    json_keys(fields.metadata) as metadata_keys,
    json_extract(fields.metadata, '$.*') as metadata_values
from extracted
"""
_KEYS = "select json_keys(line) as keys from given"
_NOT_A_NUMBER = r"(?i)^nan"
_DOUBTFUL_NUMBER = r"(?i)^-?(inf|[0-9.]+e|[0-9.]{17})"
_DOUBTFUL_VALUE = r"(?i)[:,\[]\s*-?(nan|inf|[0-9.]+e|[0-9.]{17})|\{.*\{.*\{"
"""Anywhere in a line with values that nobody keeps, and so nobody checks otherwise."""


@dataclass(frozen=True)
class Entries:
    """Members of objects: of which row, under which key (a place in `names`), the JSON value."""

    rows: Codes
    keys: Codes
    names: list[str]
    values: pa.StringArray

    @property
    def kinds(self) -> Kinds:
        """The kind of each value."""
        return kinds_of(self.values)

    def take(self, selection: "Codes | Mask") -> "Entries":
        """The entries at these places, or where the mask holds."""
        places = np.flatnonzero(selection) if selection.dtype == np.bool_ else selection
        values = self.values.take(pa.array(places))
        return Entries(self.rows[places], self.keys[places], self.names, values)

    def sorted(self) -> "Entries":
        """The same by row, then by name of the key."""
        rank = np.argsort(np.argsort(np.array(self.names, object)))
        return self.take(np.argsort(self.rows * (len(self.names) + 1) + rank[self.keys]))

    def repeated(self) -> Codes:
        """Rows that have a key twice; the entries must be sorted."""
        is_again = (self.rows[1:] == self.rows[:-1]) & (self.keys[1:] == self.keys[:-1])
        again: Codes = self.rows[1:][is_again]
        return again

    def counts(self) -> Counter[str]:
        """How many rows have each key."""
        counts = np.bincount(self.keys, minlength=len(self.names))
        return Counter({name: int(n) for name, n in zip(self.names, counts, strict=True) if n})


@dataclass(frozen=True)
class Rows:
    """JSON objects as columns.

    Attributes:
        numbers: line of each row in the file, from 1.
        lines: the JSON text of each row.
        texts: for each field, the text that it holds, or the JSON of another value; null: absent.
        kinds: for each field, what kind of value it is.
        unknown: names of keys that are no field, with their numbers of rows.
        metadata: members of the field `metadata`, sorted by row and key.
        refused: lines that are no rows.
    """

    numbers: Codes
    lines: pa.StringArray
    texts: dict[str, pa.StringArray]
    kinds: dict[str, Kinds]
    unknown: Counter[str]
    metadata: Entries
    refused: list[RefusedLine]

    def __len__(self) -> int:
        return len(self.numbers)


class JsonReader:
    """Reads blocks of JSON lines with the given fields, and `metadata`."""

    def __init__(self, fields: Sequence[str]) -> None:
        self._fields = [*(field for field in fields if field != METADATA), METADATA]
        self._structure = orjson.dumps(dict.fromkeys(self._fields, "JSON")).decode()

    def read(self, block: Block) -> Iterator[Rows]:
        """The block's rows: first the plain lines, then those that were read strictly."""
        values = self._query(block)
        parsed = self._parse(block, values)
        is_doubtful = parsed.doubtful(block)
        if not is_doubtful.any():
            yield self._rows(block, parsed)
            return
        plain, doubtful = np.flatnonzero(~is_doubtful), np.flatnonzero(is_doubtful)
        kept = Block(block.numbers[plain], block.lines.take(pa.array(plain)), block.refused)
        yield self._rows(kept, self._parse(kept, values.take(pa.array(plain))))
        strict = _read_strictly(block.numbers[doubtful], block.lines.take(pa.array(doubtful)))
        yield self._rows(strict, self._parse(strict, self._query(strict)))

    def _query(self, block: Block) -> pa.Table:
        return query(_READ, pa.table({"line": block.lines}), structure=self._structure)

    def _parse(self, block: Block, values: pa.Table) -> "_Parsed":
        fields = array(values["fields"]).flatten()
        columns = {
            name: values.cast(pa.string())
            for name, values in zip(self._fields, fields, strict=True)
        }
        kinds = {field: kinds_of(column) for field, column in columns.items()}
        metadata = _entries(array(values["metadata_keys"]), array(values["metadata_values"]))
        is_unread = as_mask(values["is_doubtful"])
        expected = np.sum([kind != ABSENT for kind in kinds.values()], axis=0)
        found = values["key_count"].fill_null(0).to_numpy()
        rows = np.flatnonzero((found != expected) & ~is_unread)
        further = _keys_of(block.lines.take(pa.array(rows)))
        further = replace(further, rows=rows[further.rows])
        return _Parsed(columns, kinds, metadata.sorted(), further.sorted(), is_unread)

    def _rows(self, block: Block, parsed: "_Parsed") -> Rows:
        counts = parsed.further.counts()
        has_escapes = contains(block.lines, "\\")
        return Rows(
            block.numbers,
            block.lines,
            {
                name: _unquoted(column, parsed.kinds[name], has_escapes)
                for name, column in parsed.columns.items()
            },
            parsed.kinds,
            Counter({name: counts[name] for name in counts if name not in self._fields}),
            parsed.metadata,
            block.refused,
        )


@dataclass(frozen=True)
class _Parsed:
    """What DuckDB made of lines.

    Attributes:
        columns: for each field, its JSON.
        further: keys of rows that have others than the fields, or one twice, or null at one.
        is_unread: lines that DuckDB was not given.
    """

    columns: dict[str, pa.StringArray]
    kinds: dict[str, Kinds]
    metadata: Entries
    further: Entries
    is_unread: Mask

    def doubtful(self, block: Block) -> Mask:
        """Lines that the strict reader must decide about."""
        result = self.is_unread.copy()
        for field, column in self.columns.items():
            is_metadata = (self.kinds[field] == OBJECT) & (field == METADATA)
            result |= _are_doubtful(column, self.kinds[field]) & ~is_metadata
        is_odd = _are_doubtful(self.metadata.values, self.metadata.kinds)
        result[self.metadata.rows[is_odd]] = True
        result[self.metadata.repeated()] = True
        result[self.further.repeated()] = True
        unchecked = np.unique(self.further.rows)
        result[places_that_match(_DOUBTFUL_VALUE, block.lines, unchecked)] = True
        return result


def kinds_of(values: pa.StringArray) -> Kinds:
    """The kind of each JSON value; null is `ABSENT`, and NaN and the like are `NO_JSON`."""
    _, offsets, data = values.buffers()
    if data is None or data.size == 0:
        return np.full(len(values), ABSENT, np.int8)
    starts = np.frombuffer(offsets, np.int32)[values.offset : values.offset + len(values)]
    if not values.null_count:
        return _KIND_OF_FIRST_BYTE[np.frombuffer(data, np.uint8)[starts]]
    kinds: Kinds = _KIND_OF_FIRST_BYTE[
        np.frombuffer(data, np.uint8)[np.minimum(starts, data.size - 1)]
    ]
    kinds[as_mask(values.is_null())] = ABSENT
    return kinds


def decoded(values: pa.StringArray) -> list[object]:
    """The Python values of JSON texts."""
    return [orjson.loads(value) for value in values.to_pylist()]


def _unquoted(values: pa.StringArray, kinds: Kinds, has_escapes: bool) -> pa.StringArray:
    """Texts without their quotes; other values stay JSON, and null becomes absent."""
    texts = pc.binary_slice(values.cast(pa.binary()), 1, -1).cast(pa.string())
    is_text, is_absent = kinds == TEXT, kinds == ABSENT
    if not (is_text | is_absent).all():
        texts = pc.if_else(pa.array(is_text), texts, values)
    if values.null_count < np.count_nonzero(is_absent):  # the others are null as JSON has it
        texts = pc.if_else(pa.array(is_absent), pa.scalar(None, pa.string()), texts)
    if not has_escapes:
        return texts
    is_escaped = pc.and_(pa.array(is_text), pc.match_substring(values, "\\")).fill_null(False)
    return pc.replace_with_mask(
        texts, is_escaped, pa.array(decoded(values.filter(is_escaped)), pa.string())
    )


def contains(texts: pa.StringArray, character: str) -> bool:
    """Whether the memory of the texts, all of it, holds an ASCII character."""
    data = np.frombuffer(texts.buffers()[2] or b"", np.uint8)
    return bool((data == ord(character)).any())


def _are_doubtful(values: pa.StringArray, kinds: Kinds) -> Mask:
    """Values that DuckDB takes and JSON does not, or that have a depth of their own."""
    is_doubtful: Mask = (kinds < 0) | (kinds >= OBJECT)
    numbers, nulls = np.flatnonzero(kinds == NUMBER), np.flatnonzero(kinds == ABSENT)
    is_doubtful[places_that_match(_DOUBTFUL_NUMBER, values, numbers)] = True
    is_doubtful[places_that_match(_NOT_A_NUMBER, values, nulls)] = True
    return is_doubtful


def places_that_match(pattern: str, texts: pa.StringArray, places: Codes) -> Codes:
    """Those of the places whose text holds what a regular expression (RE2) describes."""
    if len(places) == 0:
        return places
    found = pc.match_substring_regex(texts.take(pa.array(places)), pattern)
    return places[as_mask(found.fill_null(False))]


def _read_strictly(numbers: Codes, lines: pa.StringArray) -> Block:
    kept: list[tuple[int, str]] = []
    refused: list[RefusedLine] = []
    for number, line in zip(numbers.tolist(), lines.to_pylist(), strict=True):
        try:
            kept.append((number, canonical_object(line)))
        except RefusedJson as error:
            refused.append(RefusedLine(number, line.rstrip("\r\n"), error.reason))
    return Block(
        np.array([number for number, _ in kept], np.int64),
        pa.array([line for _, line in kept], pa.string()),
        refused,
    )


def _keys_of(lines: pa.StringArray) -> Entries:
    """The keys of JSON objects; their own values stand in for the values."""
    if len(lines) == 0:
        nothing = np.empty(0, np.int64)
        return Entries(nothing, nothing, [], pa.array([], pa.string()))
    keys = array(query(_KEYS, pa.table({"line": lines}))["keys"])
    return _entries(keys, keys)


def _entries(keys: pa.ListArray, values: pa.ListArray) -> Entries:
    encoded = keys.flatten().dictionary_encode()
    return Entries(
        pc.list_parent_indices(keys).to_numpy().astype(np.int64),
        encoded.indices.to_numpy().astype(np.int64),
        encoded.dictionary.to_pylist(),
        values.flatten().cast(pa.string()),
    )

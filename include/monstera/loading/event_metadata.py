"""The metadata of events: what of it is kept, under which pseudonyms, and what is wrong with it."""

import operator
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from monstera.definitions import MetadataField, QualifiesWhen
from monstera.loading.conversions import ID, dates, moments, plain_ids, uuid_texts
from monstera.loading.flaws import Flaws, Mask, as_mask
from monstera.loading.hiding import members_without_people
from monstera.loading.json_rows import ABSENT, TEXT, Codes, Entries, contains, decoded, kinds_of
from monstera.loading.pseudonyms import Tokens
from monstera.loading.taxonomy import ALWAYS_ALLOWED, KIND_OF_TYPE, UNKNOWN, Taxonomy, is_id_key

NOT_ALLOWED = -1

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


@dataclass(frozen=True)
class Metadata:
    """Metadata of a block of events, ids replaced by their tokens.

    Attributes:
        delivered: all keys with a value, as JSON in one plain form.
        stored: the keys that the event types allow, likewise.
        entries: what is stored, one entry a key.
        dropped: the keys that are not stored, with their numbers of rows.
    """

    delivered: pa.StringArray
    stored: pa.StringArray
    entries: Entries
    dropped: Counter[str]

    def texts(self, key: str) -> pa.StringArray:
        """The value of a key that holds text, for every event; null: it has none."""
        entries = self._of_key(key)
        encoded = entries.values.dictionary_encode()
        values = decoded(encoded.dictionary)
        texts = pa.array([text if isinstance(text, str) else None for text in values], pa.string())
        return self._column(entries.rows, texts.take(encoded.indices))

    def ids(self, key: str) -> pa.FixedSizeBinaryArray:
        """The token at a key, for every event; null: it has none."""
        entries = self._of_key(key)
        plain = plain_ids(_without_quotes(entries.values))
        if plain is not None:
            return self._column(entries.rows, plain)
        encoded = entries.values.dictionary_encode()
        tokens = [
            UUID(text).bytes if isinstance(text, str) else None
            for text in decoded(encoded.dictionary)
        ]
        return self._column(entries.rows, pa.array(tokens, ID).take(encoded.indices))

    def fulfil(self, condition: QualifiesWhen) -> Mask:
        """Events whose value compares as the condition asks; those without the key do not."""
        entries = self._of_key(condition.key)
        encoded = entries.values.dictionary_encode()
        compare = OPERATORS[condition.operator]
        answers = [
            _are_comparable(value, condition.value) and compare(value, condition.value)
            for value in decoded(encoded.dictionary)
        ]
        result = np.zeros(len(self.stored), bool)
        result[entries.rows] = np.array(answers, bool)[encoded.indices.to_numpy()]
        return result

    def _of_key(self, key: str) -> Entries:
        number = self.entries.names.index(key) if key in self.entries.names else -1
        return self.entries.take(self.entries.keys == number)

    def _column(self, rows: Codes, values: pa.Array) -> pa.Array:
        places = np.full(len(self.stored), -1, np.int64)
        places[rows] = np.arange(len(rows))
        return values.take(pa.array(places, mask=places < 0))


class MetadataReader:
    """Cleans and judges the metadata of events, under a taxonomy."""

    def __init__(self, taxonomy: Taxonomy, tokens: Tokens) -> None:
        self._taxonomy = taxonomy
        self._tokens = tokens

    def read(self, entries: Entries, types: Codes, flaws: Flaws) -> Metadata:
        """The metadata of events of the given types; entries sorted by row and key.

        Adds `missing_metadata:<key>` and `wrong_type:<key>` to the flaws.
        """
        fields = self._taxonomy.field_table(entries.names)
        entries = entries.take(_has_value(entries))
        entries = self._with_tokens(entries, types, fields)
        number_of_type = {name: number for number, name in enumerate(KIND_OF_TYPE)}
        field_types = _each(fields, lambda field: number_of_type[field.type], NOT_ALLOWED)
        declared = field_types[types[entries.rows], entries.keys]
        is_allowed = declared != NOT_ALLOWED
        stored = entries if is_allowed.all() else entries.take(is_allowed)
        _check_types(stored, declared[is_allowed], flaws)
        self._check_required(stored, types, flaws)
        is_dropped = ~is_allowed & (types[entries.rows] != UNKNOWN)
        delivered = _objects(entries, len(types))
        return Metadata(
            delivered=delivered,
            stored=delivered if stored is entries else _objects(stored, len(types)),
            entries=stored,
            dropped=entries.take(is_dropped).counts(),
        )

    def _with_tokens(
        self, entries: Entries, types: Codes, fields: "npt.NDArray[np.object_]"
    ) -> Entries:
        by_name = np.array([is_id_key(name) for name in entries.names], bool)
        is_id = by_name | _each(fields, lambda field: field.pseudonym, False)
        is_id = is_id[types[entries.rows], entries.keys]
        encoded = entries.values.filter(pa.array(is_id)).dictionary_encode()
        replaced = self._token_values(encoded.dictionary)
        values = pc.replace_with_mask(
            entries.values, pa.array(is_id), replaced.take(encoded.indices)
        )
        return Entries(
            entries.rows, entries.keys, entries.names, members_without_people(values, self._tokens)
        )

    def _token_values(self, values: pa.StringArray) -> pa.StringArray:
        """JSON of ids, or of lists of ids, with tokens in their place.

        What is neither keeps its type, which is wrong, and loses its value.
        """
        if len(values) and (kinds_of(values) == TEXT).all() and not contains(values, "\\"):
            ids_alone = self._tokens.column(_without_quotes(values))
            if not ids_alone.null_count:
                return pc.binary_join_element_wise('"', uuid_texts(ids_alone), '"', "")
        delivered = decoded(values)
        ids = {id for value in delivered for id in (value if isinstance(value, list) else [value])
               if isinstance(id, str)}  # fmt: skip
        texts = list(ids)
        tokens = self._tokens.column(pa.array(texts, pa.string())).to_pylist()
        token_of = {
            id: str(UUID(bytes=token)) if token else None
            for id, token in zip(texts, tokens, strict=True)
        }

        def replace(value: Any) -> Any:
            if isinstance(value, list):
                return [token_of[id] if isinstance(id, str) else 0 for id in value]
            return token_of[value] if isinstance(value, str) else 0

        return pa.array([orjson.dumps(replace(value)).decode() for value in delivered], pa.string())

    def _check_required(self, entries: Entries, types: Codes, flaws: Flaws) -> None:
        numbers = {name: number for number, name in enumerate(entries.names)}
        for key, types_that_require in self._taxonomy.required.items():
            is_missing = types_that_require[types]
            if is_missing.any():
                is_missing[entries.rows[entries.keys == numbers.get(key, -1)]] = False
                flaws.add(f"missing_metadata:{key}", is_missing)


def _without_quotes(values: pa.StringArray) -> pa.StringArray:
    return pc.binary_slice(values.cast(pa.binary()), 1, -1).cast(pa.string())


def _has_value(entries: Entries) -> Mask:
    """Null is no value; nor is an empty text where an id should be."""
    is_empty = as_mask(pc.equal(entries.values, '""'))
    is_id = np.array([name in ALWAYS_ALLOWED for name in entries.names] + [False])
    has_value: Mask = (entries.kinds != ABSENT) & ~(is_empty & is_id[entries.keys])
    return has_value


def _each(
    fields: "npt.NDArray[np.object_]", value_of: Callable[[MetadataField], Any], otherwise: Any
) -> "npt.NDArray[Any]":
    """A value of every field of a table; `otherwise` where there is no field."""
    flat: list[MetadataField | None] = fields.ravel().tolist()
    values = [value_of(field) if field else otherwise for field in flat]
    return np.array([*values, otherwise])[:-1].reshape(fields.shape)


def _check_types(entries: Entries, declared: Codes, flaws: Flaws) -> None:
    """Adds `wrong_type:<key>` where a value is not of the type (a number) that its key declares."""
    is_wrong: Mask = entries.kinds != np.array(list(KIND_OF_TYPE.values()))[declared]
    for number, type_name in enumerate(KIND_OF_TYPE):
        is_right_text = _TEXT_RULES.get(type_name)
        if is_right_text is not None and (declared == number).any():
            places = np.flatnonzero(declared == number)
            is_wrong[places] |= ~is_right_text(entries.values.take(pa.array(places)))
    if not is_wrong.any():
        return
    for key in np.unique(entries.keys[is_wrong]):
        flaws.add(
            f"wrong_type:{entries.names[key]}", entries.rows[is_wrong & (entries.keys == key)]
        )


def _are_whole(values: pa.StringArray) -> Mask:
    """Which JSON numbers have no fraction, as 5, 5.0 and 0.5e1."""
    may_have_fraction = as_mask(pc.match_substring_regex(values, "[.eE]"))
    are_whole: Mask = ~may_have_fraction
    encoded = values.filter(pa.array(may_have_fraction)).dictionary_encode()
    answers = [_is_whole(text) for text in encoded.dictionary.to_pylist()]
    are_whole[may_have_fraction] = np.array(answers, bool)[encoded.indices.to_numpy()]
    return are_whole


def _is_whole(text: str) -> bool:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return False
    return number == number.to_integral_value()


def _are_dates(values: pa.StringArray) -> Mask:
    return _parse(values, dates)


def _are_moments(values: pa.StringArray) -> Mask:
    return _parse(values, moments)


def _parse(values: pa.StringArray, parse: Callable[[pa.StringArray], pa.Array]) -> Mask:
    """Which JSON texts can be parsed."""
    encoded = values.dictionary_encode()
    texts = [text if isinstance(text, str) else None for text in decoded(encoded.dictionary)]
    return as_mask(parse(pa.array(texts, pa.string())).is_valid().take(encoded.indices))


_TEXT_RULES = {"integer": _are_whole, "date": _are_dates, "timestamp": _are_moments}


def _objects(entries: Entries, rows: int) -> pa.StringArray:
    """JSON objects, one for each row, of entries sorted by row."""
    keys = pa.array([f"{orjson.dumps(name).decode()}:" for name in entries.names], pa.string())
    members = pc.binary_join_element_wise(keys.take(pa.array(entries.keys)), entries.values, "")
    offsets = np.searchsorted(entries.rows, np.arange(rows + 1)).astype(np.int32)
    joined = pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), members), ",")
    return pc.binary_join_element_wise("{", joined, "}", "")


def _are_comparable(value: Any, other: Any) -> bool:
    if isinstance(value, bool) or isinstance(other, bool):
        return isinstance(value, bool) and isinstance(other, bool)
    if isinstance(value, int | float):
        return isinstance(other, int | float)
    return isinstance(value, str) and isinstance(other, str)

"""Delivered events as rows of `bronze.events`, with what is wrong with each by itself."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from monstera.definitions import Definitions
from monstera.loading.contracts import MISSING, RIGHT, WRONG, event_contract
from monstera.loading.conversions import (
    MOMENT,
    days,
    digests,
    end_of_day,
    event_ids,
    id_array,
    moments,
)
from monstera.loading.event_metadata import Metadata, MetadataReader
from monstera.loading.flaws import Flaws, Mask, as_mask
from monstera.loading.hiding import texts_without_addresses
from monstera.loading.json_rows import ABSENT, NUMBER, OBJECT, TEXT, Codes, JsonReader, Rows
from monstera.loading.lines import Block, RefusedLine
from monstera.loading.pseudonyms import Tokens
from monstera.loading.records import TYPES_OF_NO_TEXT
from monstera.loading.taxonomy import UNKNOWN, Taxonomy

TEXT_FIELDS = ("entity_id", "entity_type", "event_type", "timestamp", "location", "event_id",
               "session_id", "received_at")  # fmt: skip
FREE_TEXT = ("location", "session_id")
FIELDS = (*TEXT_FIELDS, "schema_version", "metadata")
ENTITY_TYPES = ("user", "system", "admin", "visitor", "account")
ACTING = ("user", "admin")
"""Entity types whose events can qualify."""

LARGEST_VERSION = 2**31 - 1
SEPARATOR = b"\x1f"


@dataclass(frozen=True)
class EventBatch:
    """Events of a block.

    Attributes:
        table: the columns of `bronze.events` but `user_id` and `load_id`, and
            `given_type`, the name that was sent.
        numbers: line of each event in its file.
        lines: each event as JSON, as delivered.
        flaws: what is wrong with each event by itself.
        refused: lines that hold no event.
        unknown: names of fields and metadata keys that were dropped, with their numbers of rows.
    """

    table: pa.Table
    numbers: Codes
    lines: pa.StringArray
    flaws: Flaws
    refused: list[RefusedLine]
    unknown: Counter[str]

    def __len__(self) -> int:
        return len(self.numbers)

    def with_digests(self, digests: Codes) -> "EventBatch":
        """The same events with the digests of an earlier delivery."""
        place = self.table.column_names.index("content_digest")
        column = pa.array(digests, pa.int64())
        return replace(self, table=self.table.set_column(place, "content_digest", column))


class EventReader:
    """Reads blocks of JSON lines as events, under definitions; may be used by several threads."""

    def __init__(self, definitions: Definitions, tokens: Tokens) -> None:
        self.definitions = definitions
        self.tokens = tokens
        self._taxonomy = Taxonomy(definitions)
        self._zone = definitions.lifecycle.business_time_zone
        self._contract = event_contract(definitions.lifecycle.max_event_age_days)
        self._json = JsonReader(FIELDS)
        self._metadata = MetadataReader(self._taxonomy, tokens)

    @property
    def typed(self) -> set[str]:
        """Columns whose text in CSV stands for something else."""
        keys = {
            f"metadata.{key}"
            for fields in self._taxonomy.fields
            for key, field in fields.items()
            if field.type in TYPES_OF_NO_TEXT
        }
        return {"schema_version", *keys}

    def read(self, block: Block, dt: date | None) -> Iterator[EventBatch]:
        """The block's events; `dt` is the delivery day, whose end is the default `received_at`."""
        default = pa.scalar(None if dt is None else end_of_day(dt, self._zone), MOMENT)
        for rows in self._json.read(block):
            yield self._batch(rows, default)

    def _batch(self, rows: Rows, default_received_at: pa.TimestampScalar) -> EventBatch:
        taxonomy = self._taxonomy
        flaws = Flaws(len(rows))
        texts = {name: _text(rows, name) for name in TEXT_FIELDS}
        texts |= {name: texts_without_addresses(texts[name]) for name in FREE_TEXT}
        occurred_at = moments(texts["timestamp"])
        received_at = moments(texts["received_at"])
        versions, has_right_version = _versions(rows)
        status = {name: _status(rows, name, TEXT) for name in TEXT_FIELDS}
        status["schema_version"] = _status(rows, "schema_version", NUMBER)
        status["metadata"] = _status(rows, "metadata", OBJECT)
        status["timestamp"][_is_lost(texts["timestamp"], occurred_at)] = WRONG
        status["received_at"][_is_lost(texts["received_at"], received_at)] = WRONG
        status["entity_type"][_is_none_of(texts["entity_type"], ENTITY_TYPES)] = WRONG
        status["schema_version"][~has_right_version] = WRONG
        received_at = received_at.fill_null(default_received_at)

        types = self._types(texts["event_type"])
        metadata = self._metadata.read(rows.metadata, types, flaws)
        product = _first_known(
            taxonomy.column([kind.product for kind in taxonomy.types])[types],
            metadata.texts("product_id"),
        )
        feature = _first_known(
            taxonomy.column([kind.feature for kind in taxonomy.types])[types],
            metadata.texts("feature_id"),
        )
        facts = {
            "age_seconds": _seconds_between(occurred_at, received_at),
            "has_known_type": (types != UNKNOWN) | (status["event_type"] != RIGHT),
            "has_known_version": self._are_known_versions(types, versions),
            "has_known_product": ~_is_none_of(product, taxonomy.products),
        }
        self._contract.find_flaws({**status, **facts}, flaws)

        entity_id = self.tokens.column(texts["entity_id"])
        digest = digests(_contents(texts, entity_id, occurred_at, versions, metadata))
        table = pa.table(
            {
                "occurred_at": occurred_at,
                "received_at": received_at,
                "event_id": pc.coalesce(event_ids(texts["event_id"]), id_array(digest["id"])),
                "entity_id": entity_id,
                "account_id": metadata.ids("account_id"),
                "occurred_on": days(occurred_at, self._zone),
                "schema_version": pa.array(versions),
                "content_digest": pa.array(digest["number"].astype(np.int64)),
                "is_qualifying_event": pa.array(
                    self._qualify(types, texts["entity_type"], metadata)
                ),
                "is_activation_event": pa.array(taxonomy.activation[types]),
                "entity_type": texts["entity_type"],
                "event_type": pa.array(
                    taxonomy.column([kind.event_type for kind in taxonomy.types])[types],
                    pa.string(),
                ),
                "product_id": product,
                "feature_id": feature,
                "location": texts["location"],
                "session_id": texts["session_id"],
                "metadata": metadata.stored,
                "given_type": texts["event_type"],
            }
        )
        unknown = rows.unknown + metadata.dropped
        return EventBatch(table, rows.numbers, rows.lines, flaws, rows.refused, unknown)

    def _types(self, names: pa.StringArray) -> Codes:
        encoded = names.dictionary_encode()
        known = [self._taxonomy.number(name) for name in encoded.dictionary.to_pylist()]
        codes: Codes = np.array([*known, UNKNOWN])[encoded.indices.fill_null(len(known)).to_numpy()]
        return codes

    def _are_known_versions(self, types: Codes, versions: npt.NDArray[np.int32]) -> Mask:
        """Whether the type has the version; an unknown type is wrong for a reason of its own."""
        pairs = types * (LARGEST_VERSION + 1) + versions
        distinct, places = np.unique(pairs, return_inverse=True)
        known = self._taxonomy.schema_versions
        answers = [
            pair < 0 or divmod(pair, LARGEST_VERSION + 1) in known for pair in distinct.tolist()
        ]
        return np.array(answers, bool)[places]

    def _qualify(self, types: Codes, entity_type: pa.StringArray, metadata: Metadata) -> Mask:
        """Whether events count as activity: the rule of `sql/bronze/events.sql`."""
        qualify = self._taxonomy.qualifying[types] & ~_is_none_of(entity_type, ACTING)
        for number, condition in self._taxonomy.conditions:
            is_type = types == number
            if is_type.any():
                qualify &= ~is_type | metadata.fulfil(condition)
        return qualify


def _text(rows: Rows, name: str) -> pa.StringArray:
    """A field that holds text; null: absent, empty, or something else."""
    texts = rows.texts[name]
    is_text = pa.array(rows.kinds[name] == TEXT)
    return pc.if_else(pc.and_(is_text, pc.not_equal(texts, "")), texts, None)


def _status(rows: Rows, name: str, kind: int) -> npt.NDArray[np.int8]:
    """How a field was delivered; an empty text is none."""
    kinds = rows.kinds[name]
    status = np.where(kinds == kind, RIGHT, WRONG).astype(np.int8)
    is_empty = as_mask(pc.equal(rows.texts[name], "").fill_null(False))
    status[(kinds == ABSENT) | (is_empty & (kinds == TEXT))] = MISSING
    return status


def _versions(rows: Rows) -> tuple[npt.NDArray[np.int32], Mask]:
    """Schema versions, 1 where none is given, and whether they are whole numbers."""
    texts = rows.texts["schema_version"]
    encoded = texts.dictionary_encode()
    numbers = [_version(text) for text in encoded.dictionary.to_pylist()]
    places = encoded.indices.fill_null(len(numbers)).to_numpy()
    is_right = np.array([number is not None for number in numbers] + [True])
    versions = np.array([*(1 if number is None else number for number in numbers), 1], np.int32)
    return versions[places], is_right[places]


def _version(text: str) -> int | None:
    if not (text.isdecimal() and text.isascii()):
        return None
    digits = text.lstrip("0")
    # Python refuses to read numbers of thousands of digits.
    return min(int(digits or 0), LARGEST_VERSION) if len(digits) < 20 else LARGEST_VERSION


def _is_lost(texts: pa.StringArray, values: pa.Array) -> Mask:
    return as_mask(pc.and_(texts.is_valid(), values.is_null()))


def _is_none_of(texts: pa.StringArray, known: Collection[str]) -> Mask:
    """Texts that are there and not among the known ones."""
    is_known = pc.is_in(texts, pa.array(sorted(known), pa.string()))
    return as_mask(pc.and_not(texts.is_valid(), is_known))


def _first_known(declared: npt.NDArray[np.object_], delivered: pa.StringArray) -> pa.StringArray:
    """What the event type declares, else what the event says."""
    return pc.coalesce(pa.array(declared, pa.string()), delivered)


def _seconds_between(
    occurred_at: pa.TimestampArray, received_at: pa.TimestampArray
) -> npt.NDArray[np.float64]:
    microseconds = pc.subtract(received_at.cast(pa.int64()), occurred_at.cast(pa.int64()))
    seconds: npt.NDArray[np.float64] = pc.divide(
        microseconds.cast(pa.float64(), safe=False), 1e6
    ).to_numpy(zero_copy_only=False)
    return seconds


def _contents(
    texts: dict[str, pa.StringArray],
    entity_id: pa.FixedSizeBinaryArray,
    occurred_at: pa.TimestampArray,
    versions: npt.NDArray[np.int32],
    metadata: Metadata,
) -> pa.BinaryArray:
    """The canonical event: what two deliveries of one event have in common.

    When it was received is not part of it, and neither are the definitions in force: a change of
    them makes no new event of an old one.
    """
    time = pc.coalesce(occurred_at.cast(pa.int64()).cast(pa.string()), texts["timestamp"])
    parts = [texts["event_id"], entity_id, texts["entity_type"], texts["event_type"], time,
             texts["location"], texts["session_id"], pa.array(versions).cast(pa.string()),
             metadata.delivered]  # fmt: skip
    empty = pa.scalar(b"", pa.binary())
    return pc.binary_join_element_wise(
        *[pc.coalesce(part.cast(pa.binary()), empty) for part in parts], SEPARATOR
    )

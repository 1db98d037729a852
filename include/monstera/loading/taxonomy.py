"""The event taxonomy as lookup tables: what an event type says, found by number for many rows."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from monstera.definitions import (
    ALWAYS_ALLOWED_METADATA,
    Definitions,
    EventType,
    MetadataField,
    QualifiesWhen,
    names_an_id,
)
from monstera.loading.json_rows import ARRAY, BOOLEAN, NUMBER, OBJECT, TEXT

ALWAYS_ALLOWED = {
    **{key: MetadataField(type="string") for key in (*ALWAYS_ALLOWED_METADATA, "visitor_id")},
}
KIND_OF_TYPE = {
    "string": TEXT,
    "integer": NUMBER,
    "number": NUMBER,
    "boolean": BOOLEAN,
    "timestamp": TEXT,
    "date": TEXT,
    "array": ARRAY,
    "object": OBJECT,
}
UNKNOWN = -1

Table = npt.NDArray[np.bool_]


class Taxonomy:
    """Event types by number. The last row of every table stands for unknown types."""

    def __init__(self, definitions: Definitions) -> None:
        self.types: list[EventType] = list(definitions.event_types.values())
        self.products = frozenset(
            product.id for product in definitions.products.values() if product.kind == "product"
        )
        numbers = {event_type.event_type: place for place, event_type in enumerate(self.types)}
        aliases = {alias: numbers[name] for alias, name in definitions.aliases.items()}
        self._numbers = {**aliases, **numbers}
        self.fields = [{**ALWAYS_ALLOWED, **event_type.metadata} for event_type in self.types]

    @property
    def names(self) -> list[str]:
        """Every name that an event may have, aliases included."""
        return list(self._numbers)

    def number(self, name: str | None) -> int:
        """The type's number; -1: unknown."""
        return self._numbers.get(name or "", UNKNOWN)

    def column(self, values: Sequence[object]) -> npt.NDArray[np.object_]:
        """One value for each type, and None for unknown ones, to be taken by number."""
        column = np.empty(len(values) + 1, object)
        column[:-1] = values
        return column

    def flags(self, values: Sequence[bool]) -> Table:
        """One flag for each type, and False for unknown ones."""
        return np.array([*values, False])

    def field_table(self, keys: Sequence[str]) -> npt.NDArray[np.object_]:
        """The metadata field of every type (rows) for every key (columns); None: not allowed."""
        table = np.full((len(self.types) + 1, len(keys)), None, object)
        for row, fields in enumerate(self.fields):
            for column, key in enumerate(keys):
                table[row, column] = fields.get(key)
        return table

    @cached_property
    def required(self) -> dict[str, Table]:
        """Metadata keys that a type requires, with the types that do."""
        keys = {key for fields in self.fields for key, field in fields.items() if field.required}
        return {
            key: self.flags([key in fields and fields[key].required for fields in self.fields])
            for key in sorted(keys)
        }

    @cached_property
    def qualifying(self) -> Table:
        """Types whose events count as activity."""
        return self.flags(
            [
                kind.is_qualifying and not kind.passive and kind.category != "system"
                for kind in self.types
            ]
        )

    @cached_property
    def activation(self) -> Table:
        """Types that are activation steps."""
        return self.flags([kind.is_activation for kind in self.types])

    @cached_property
    def conditions(self) -> list[tuple[int, QualifiesWhen]]:
        """Types that qualify under a condition only, by number."""
        return [
            (number, kind.qualifies_when)
            for number, kind in enumerate(self.types)
            if kind.qualifies_when is not None
        ]

    @cached_property
    def schema_versions(self) -> set[tuple[int, int]]:
        """Numbers of types with the schema versions that are accepted."""
        return {
            (number, version)
            for number, kind in enumerate(self.types)
            for version in kind.schema_versions
        }


def is_id_key(key: str, field: MetadataField | None = None) -> bool:
    """Whether a metadata key holds an id that must be stored as a pseudonym."""
    return names_an_id(key) or (field is not None and field.pseudonym)

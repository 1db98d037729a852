"""The contracts of what comes in: Pandera schemas whose checks are named by their reason codes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pandera.errors import SchemaErrors
from pandera.pandas import Check, Column, DataFrameSchema

from monstera.definitions import Column as DeclaredColumn
from monstera.loading.flaws import Flaws

MISSING, RIGHT, WRONG = range(3)
"""How a field was delivered: not at all, as what it must be, as something else."""

TOLERANCE_SECONDS = 300.0
SECONDS_OF_DAY = 86_400.0

KEPT_KINDS = 10_000
"""Kinds of rows that are remembered; a file of nothing but odd rows may have more."""

REQUIRED_EVENT_FIELDS = ("entity_id", "entity_type", "event_type", "timestamp", "location")
OPTIONAL_EVENT_FIELDS = ("event_id", "session_id", "schema_version", "received_at", "metadata")


def field(name: str, required: bool) -> Column:
    """How a field was delivered, as `MISSING`, `RIGHT` or `WRONG`."""
    checks = [Check(lambda status: status != WRONG, error=f"wrong_type:{name}")]
    if required:
        checks.append(Check(lambda status: status != MISSING, error=f"missing_field:{name}"))
    return Column("int8", checks)


def fact(reason: str) -> Column:
    """Whether a row is free of what the reason names."""
    return Column("bool", Check(lambda holds: holds, error=reason))


class Contract:
    """A Pandera schema, asked once for each kind of row.

    Rows of which all columns say the same have the same flaws. There are few such kinds among
    thousands of rows, and building one of Pandera's failure cases takes longer than a block.
    """

    def __init__(
        self, schema: DataFrameSchema, limits: Mapping[str, tuple[float, float]] | None = None
    ) -> None:
        """`limits`: for columns of numbers, the least and the greatest that the schema allows."""
        self._schema = schema
        self._limits = limits or {}
        self._reasons: dict[bytes, list[str]] = {}

    def find_flaws(self, columns: Mapping[str, "npt.NDArray[Any]"], flaws: Flaws) -> None:
        """Adds every breach of the contract to the flaws."""
        kinds, places = self._kinds(columns)
        known = self._reasons  # another thread may begin anew meanwhile
        new = [(kind, place) for kind, place in kinds if kind not in known]
        if new:
            examples = [place for _, place in new]
            frame = pd.DataFrame({name: values[examples] for name, values in columns.items()})
            found = self._breaches(frame)
            known |= {kind: found[row] for row, (kind, _) in enumerate(new)}
        for number, (kind, _) in enumerate(kinds):
            for reason in known[kind]:
                flaws.add(reason, places == number)
        if len(known) > KEPT_KINDS:
            self._reasons = {}

    def _kinds(
        self, columns: Mapping[str, "npt.NDArray[Any]"]
    ) -> "tuple[list[tuple[bytes, int]], npt.NDArray[np.int32]]":
        """The kinds of rows, each with the place of its first row, and the kind of every row."""
        marks = [
            self._side(name, values) if name in self._limits else values.astype(np.int8)
            for name, values in columns.items()
        ]
        content = pa.py_buffer(np.ascontiguousarray(np.column_stack(marks)))
        width, rows = len(marks), len(marks[0])
        signatures = pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), rows, [None, content])
        encoded = signatures.dictionary_encode()
        places = encoded.indices.to_numpy()
        first = np.unique(places, return_index=True)[1]
        return list(zip(encoded.dictionary.to_pylist(), first.tolist(), strict=True)), places

    def _side(self, name: str, values: "npt.NDArray[np.float64]") -> "npt.NDArray[np.int8]":
        """On which side of its limits each number lies; one that is not known lies within."""
        least, greatest = self._limits[name]
        return (values > greatest).astype(np.int8) - (values < least).astype(np.int8)

    def _breaches(self, frame: pd.DataFrame) -> list[list[str]]:
        """The reasons of each row."""
        reasons: list[list[str]] = [[] for _ in range(len(frame))]
        try:
            self._schema.validate(frame, lazy=True)
        except SchemaErrors as error:
            breaches = error.failure_cases
            for row, reason in zip(breaches["index"], breaches["check"], strict=True):
                reasons[int(row)].append(str(reason))
        return reasons


def event_contract(max_age_days: int) -> Contract:
    """What must hold for an event by itself.

    Columns: a status for each field, `age_seconds` (received minus occurred; null: not known),
    `has_known_type`, `has_known_version`, `has_known_product`.
    """
    least, greatest = -TOLERANCE_SECONDS, max_age_days * SECONDS_OF_DAY
    schema = DataFrameSchema(
        {
            **{name: field(name, required=True) for name in REQUIRED_EVENT_FIELDS},
            **{name: field(name, required=False) for name in OPTIONAL_EVENT_FIELDS},
            "age_seconds": Column(
                "float64",
                [Check.ge(least, error="in_future"), Check.le(greatest, error="too_old")],
                nullable=True,
            ),
            "has_known_type": fact("unknown_event_type"),
            "has_known_version": fact("unsupported_schema_version"),
            "has_known_product": fact("unknown_product"),
        }
    )
    return Contract(schema, {"age_seconds": (least, greatest)})


def record_contract(columns: Mapping[str, DeclaredColumn]) -> Contract:
    """What must hold for a record: a status for each of its columns."""
    return Contract(
        DataFrameSchema({name: field(name, column.required) for name, column in columns.items()})
    )

"""The contracts of what comes in: Pandera schemas whose checks are named by their reason codes."""

import numpy as np
import pandas as pd
from pandera.errors import SchemaErrors
from pandera.pandas import Check, Column, DataFrameSchema

from monstera.loading.flaws import Flaws

MISSING, RIGHT, WRONG = range(3)
"""How a field was delivered: not at all, as what it must be, as something else."""

TOLERANCE_SECONDS = 300.0
SECONDS_OF_DAY = 86_400.0

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


def event_contract(max_age_days: int) -> DataFrameSchema:
    """What must hold for an event by itself.

    Columns: a status for each field, `age_seconds` (received minus occurred; null: not known),
    `has_known_type`, `has_known_version`, `has_known_product`.
    """
    return DataFrameSchema(
        {
            **{name: field(name, required=True) for name in REQUIRED_EVENT_FIELDS},
            **{name: field(name, required=False) for name in OPTIONAL_EVENT_FIELDS},
            "age_seconds": Column(
                "float64",
                [
                    Check.ge(-TOLERANCE_SECONDS, error="in_future"),
                    Check.le(max_age_days * SECONDS_OF_DAY, error="too_old"),
                ],
                nullable=True,
            ),
            "has_known_type": fact("unknown_event_type"),
            "has_known_version": fact("unsupported_schema_version"),
            "has_known_product": fact("unknown_product"),
        }
    )


def find_flaws(contract: DataFrameSchema, frame: pd.DataFrame, flaws: Flaws) -> None:
    """Adds every breach of the contract to the flaws; the frame's index counts rows from 0."""
    if frame.empty:
        return
    try:
        contract.validate(frame, lazy=True)
    except SchemaErrors as error:
        breaches = error.failure_cases
        for reason, rows in breaches.groupby("check")["index"]:
            flaws.add(str(reason), rows.to_numpy(np.int64))

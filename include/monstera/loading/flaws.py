"""What is wrong with which row of a block."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Mask = npt.NDArray[np.bool_]


class Flaws:
    """Reason codes, each with the rows that it applies to."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._masks: dict[str, Mask] = {}

    def add(self, reason: str, rows: "Mask | npt.NDArray[np.int64]") -> None:
        """Adds a reason to rows, given as a mask or as places."""
        mask = self._masks.get(reason)
        if mask is None:
            if not (rows.any() if rows.dtype == np.bool_ else len(rows)):
                return
            mask = self._masks[reason] = np.zeros(self._rows, bool)
        mask[rows] = True

    def any(self) -> Mask:
        """Rows with a reason."""
        result = np.zeros(self._rows, bool)
        for mask in self._masks.values():
            result |= mask
        return result

    def reasons(self, rows: Iterable[int]) -> list[list[str]]:
        """Every reason of each of the rows, in order of their names."""
        masks = sorted(self._masks.items())
        return [[reason for reason, mask in masks if mask[row]] for row in rows]


def as_mask(flags: "pa.BooleanArray | pa.ChunkedArray") -> Mask:
    """An Arrow array of flags as a mask; there must be no nulls in it."""
    chunks = flags.combine_chunks() if isinstance(flags, pa.ChunkedArray) else flags
    mask: Mask = chunks.to_numpy(zero_copy_only=False)
    return mask

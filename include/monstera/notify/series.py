"""Values over time, for a chart."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

SHOWN = {"day": timedelta(days=30), "week": timedelta(weeks=13), "month": timedelta(days=365)}
"""How far back from the last period a chart goes, by the length of its periods."""


@dataclass(frozen=True)
class Series:
    """Values of a metric up to an alert, for its chart.

    Attributes:
        points: first day of each period as an ISO date, and its value; the last one fires.
        value: the last value as text.
        limit: the threshold, in the metric's unit; None: there is none.
        limit_text: the threshold as text.
    """

    name: str
    unit: str
    grain: str
    points: tuple[tuple[str, float], ...]
    value: str
    limit: float | None = None
    limit_text: str = ""

    @staticmethod
    def from_json(data: dict[str, Any]) -> "Series":
        """A series from plain data."""
        return Series(**{**data, "points": tuple((day, value) for day, value in data["points"])})

"""What the naive computations share: periods, percentiles, and the shape of what they find."""

from datetime import date, timedelta
from typing import Any

DAY = timedelta(days=1)
Values = dict[tuple[str, date, str, str], tuple[Any, Any, Any]]
"""Value, numerator and denominator by metric, first day of the period, segment key and value."""


def start_of(grain: str, day: date) -> date:
    """First day of the period that holds the day."""
    if grain == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if grain == "month" else day


def start_after(grain: str, period: date) -> date:
    """First day of the period after the one that begins on `period`."""
    if grain == "month":
        return (period + timedelta(days=31)).replace(day=1)
    return period + (7 * DAY if grain == "week" else DAY)


def percentile(values: list[float], share: float) -> float:
    """The value below which the share lies, in proportion between two neighbours."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])

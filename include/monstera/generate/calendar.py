"""Business days as instants, and the rhythm of the week and the day."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Milliseconds = npt.NDArray[np.int64]
"""Milliseconds since 1970-01-01T00:00Z."""

WEEKDAYS = (1.0, 1.06, 1.05, 1.0, 0.9, 0.42, 0.38)
"""Activity from Monday to Sunday, relative to Monday, of someone who works on weekdays."""

HOURS = (1, 1, 1, 1, 1, 2, 4, 9, 20, 30, 34, 32, 25, 28, 33, 33, 30, 24, 15, 11, 10, 8, 5, 2)
"""Activity by local hour of the day, relative."""


@dataclass(frozen=True)
class Calendar:
    """The business days from `start` on, numbered from 0."""

    zone: ZoneInfo
    start: dt.date
    days: int

    def date(self, day: int) -> dt.date:
        """Date of a numbered day; negative numbers lie before the start."""
        return self.start + dt.timedelta(days=int(day))

    def number(self, day: dt.date) -> int:
        """Number of a date."""
        return (day - self.start).days

    def day_of(self, instant: int) -> int:
        """Number of the day that an instant between start and end belongs to."""
        return int(np.searchsorted(self.midnights, instant, side="right")) - 1

    @cached_property
    def midnights(self) -> Milliseconds:
        """When each day begins, and when the last one ends; shape (days + 1,)."""
        return np.array([self._midnight(day) for day in range(self.days + 1)], dtype=np.int64)

    def between(
        self, day: int, share: npt.NDArray[np.float64], after: Milliseconds | int = 0
    ) -> Milliseconds:
        """Instants inside a day, at `share` (0 to 1) of what remains of it from `after` on."""
        end = self.midnights[day + 1] - 1
        begin = np.minimum(np.maximum(self.midnights[day], after), end)
        length = end - begin
        return np.asarray(begin + (length * share).astype(np.int64), dtype=np.int64)

    def weekday_factor(self, day: int) -> float:
        """Activity of the weekday, relative to a Monday."""
        return WEEKDAYS[self.date(day).weekday()]

    def _midnight(self, day: int) -> int:
        return round(dt.datetime.combine(self.date(day), dt.time.min, self.zone).timestamp() * 1000)


def shares_of_day(random: np.random.Generator, count: int) -> npt.NDArray[np.float64]:
    """When in a day things happen, as shares of the day (0 to 1), after the rhythm of its hours."""
    weights = np.array(HOURS, dtype=float)
    hours = random.choice(len(HOURS), size=count, p=weights / weights.sum())
    return np.asarray((hours + random.random(count)) / len(HOURS))


def text(instants: Milliseconds) -> list[str]:
    """Instants as ISO 8601 in UTC, to the millisecond."""
    return [f"{moment}Z" for moment in np.datetime_as_string(instants.astype("datetime64[ms]"))]

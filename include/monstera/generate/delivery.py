"""How events arrive: most on their day, some late, some twice, some broken."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from monstera.generate.calendar import Calendar, Milliseconds

ACCEPTED = "accepted"
DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A line as it arrives, and what is to become of it.

    `outcome` is `accepted`, `duplicate` or the reason code of a refusal, once every file is loaded.
    `waits` marks a row of a user whom no file delivered so far has announced: a warehouse that
    loads day by day quarantines it first and accepts it later.
    """

    received_at: int
    line: bytes
    outcome: str
    is_late: bool = False
    waits: bool = False


class Mailbox:
    """What is on its way, by day of delivery."""

    def __init__(self) -> None:
        self._days: dict[int, list[Delivery]] = defaultdict(list)

    def send(self, day: int, delivery: Delivery) -> None:
        """Puts a line among those that arrive on the day."""
        self._days[day].append(delivery)

    def collect(self, day: int) -> list[Delivery]:
        """What arrives on the day, in order of arrival; the mailbox forgets it."""
        return sorted(self._days.pop(day, []), key=lambda found: (found.received_at, found.line))


class Post:
    """Draws when things arrive."""

    def __init__(self, random: np.random.Generator, calendar: Calendar) -> None:
        self._random = random
        self._calendar = calendar

    def days_late(self, count: int, share: float) -> Milliseconds:
        """Days from occurrence to delivery: 0 for most, 1 and more for a `share`."""
        is_late = self._random.random(count) < share
        return np.where(is_late, np.minimum(self._random.geometric(0.3, size=count), 45), 0)

    def days_until_repeated(self, count: int) -> Milliseconds:
        """Days from a delivery to its repetition: the same day, soon, or much later."""
        soon = self._random.integers(1, 4, size=count)
        much_later = self._random.integers(20, 60, size=count)
        dice = self._random.random(count)
        return np.where(dice < 0.5, 0, np.where(dice < 0.9, soon, much_later))

    def in_time(self, day: int, occurred_at: Milliseconds) -> Milliseconds:
        """Seconds after it happened, and before the business day ends."""
        transit = 50 + self._random.exponential(20_000, size=len(occurred_at)).astype(np.int64)
        day_ends = self._calendar.midnights[day + 1] - 1
        return np.asarray(np.minimum(occurred_at + transit, day_ends), dtype=np.int64)

    def some_time(self, day: int, count: int) -> Milliseconds:
        """Any moment of the day, from early morning on."""
        return self._calendar.between(day, 0.1 + 0.8 * self._random.random(count))

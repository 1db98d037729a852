"""The days that a digest is about, and those that it compares them with."""

from dataclasses import dataclass
from datetime import date, timedelta

from monstera.definitions.metrics import Grain, period_of
from monstera.notify.digest import DigestKind

DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
GRAINS: dict[DigestKind, Grain] = {"daily": "day", "weekly": "week", "monthly": "month"}
NEWS_FOR: dict[DigestKind, timedelta] = {
    "daily": 2 * DAY,
    "weekly": WEEK,
    "monthly": timedelta(days=31),
}
"""How long after the end of its period a digest is still sent; what is made up later is not."""


@dataclass(frozen=True)
class Period:
    """A day, a calendar week or a calendar month.

    Attributes:
        first: first day.
        last: last day.
        before: first day of the period that it is compared with: of a day the same weekday.
    """

    kind: DigestKind
    first: date
    last: date
    before: date

    @property
    def grain(self) -> Grain:
        """Its length."""
        return GRAINS[self.kind]

    @property
    def before_until(self) -> date:
        """Last day of the period that it is compared with."""
        return self.before if self.kind == "daily" else self.first - DAY

    @property
    def name(self) -> str:
        """Names the digest: `daily 2026-01-12`."""
        return f"{self.kind} {self.first.isoformat()}"

    @property
    def title(self) -> str:
        """`Monday, 12 January 2026`, `Week of 5 January 2026`, `January 2026`."""
        if self.kind == "monthly":
            return f"{self.first:%B %Y}"
        day = f"{self.first.day} {self.first:%B %Y}"
        return f"{self.first:%A}, {day}" if self.kind == "daily" else f"Week of {day}"

    @property
    def compared_with(self) -> str:
        """What changes are against."""
        if self.kind == "daily":
            return f"{self.before:%A}, {self.before.day} {self.before:%B}"
        return "the week before" if self.kind == "weekly" else f"{self.before:%B %Y}"

    def is_news(self, today: date) -> bool:
        """Whether it is recent enough to be sent."""
        return today - self.last <= NEWS_FOR[self.kind]


def newest(kind: DigestKind, as_of: date) -> Period:
    """The newest period of a kind that is over at the end of `as_of`."""
    grain = GRAINS[kind]
    last = period_of(grain, as_of + DAY) - DAY
    first = period_of(grain, last)
    return Period(kind, first, last, period_to_compare_with(grain, first))


def period_to_compare_with(grain: Grain, first: date) -> date:
    """First day of what a period is compared with: the one before, of a day the same weekday."""
    return first - WEEK if grain == "day" else period_of(grain, first - DAY)

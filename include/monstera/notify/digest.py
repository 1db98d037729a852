"""A digest as it is sent: figures, charts and lists over a day, a week or a month."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from monstera.notify.series import Series
from monstera.notify.words import one_line

DigestKind = Literal["daily", "weekly", "monthly"]
TITLES: dict[DigestKind, str] = {
    "daily": "Daily summary",
    "weekly": "Weekly trends",
    "monthly": "Monthly report",
}
MAX_CELL = 200
MAX_MORE = 1200
"""Room for what a message says of an alert in one sentence, and its owner."""


@dataclass(frozen=True)
class Figure:
    """A metric over the period.

    Attributes:
        note: what the value is, where that is not the period's own.
        change: against the period before; empty: there is nothing to compare with.
        tone: whether the change is good or bad news; empty: neither.
        group: area that it belongs to; those of one area follow each other.
    """

    name: str
    value: str
    note: str = ""
    change: str = ""
    tone: Literal["good", "bad", ""] = ""
    group: str = ""


@dataclass(frozen=True)
class Item:
    """A line of a list: a badge, what it is about, and more in small print."""

    badge: str
    text: str
    more: str = ""

    def __post_init__(self) -> None:
        """Makes every text one printable line, whatever data says."""
        for name, limit in (("badge", MAX_CELL), ("text", MAX_CELL), ("more", MAX_MORE)):
            object.__setattr__(self, name, one_line(getattr(self, name), limit))


@dataclass(frozen=True)
class Listing:
    """A list with a title; `none` is what to say where it is empty."""

    title: str
    items: tuple[Item, ...]
    none: str = ""


@dataclass(frozen=True)
class Digest:
    """What a digest says.

    Attributes:
        period: what it is about: `Monday, 12 January 2026`.
        summary: the most important in one sentence.
        compared_with: what changes are against.
        charts: of what moved most.
    """

    kind: DigestKind
    period: str
    summary: str
    compared_with: str
    figures: tuple[Figure, ...] = ()
    charts: tuple[Series, ...] = ()
    listings: tuple[Listing, ...] = ()

    @property
    def title(self) -> str:
        """`Daily summary`."""
        return TITLES[self.kind]

    def as_json(self) -> dict[str, Any]:
        """The digest as JSON data."""
        return asdict(self)

    @staticmethod
    def from_json(data: dict[str, Any]) -> "Digest":
        """A digest from what `as_json` made."""
        return Digest(
            **{
                **data,
                "figures": tuple(Figure(**figure) for figure in data["figures"]),
                "charts": tuple(Series.from_json(series) for series in data["charts"]),
                "listings": tuple(
                    Listing(
                        listing["title"],
                        tuple(Item(**item) for item in listing["items"]),
                        listing["none"],
                    )
                    for listing in data["listings"]
                ),
            }
        )

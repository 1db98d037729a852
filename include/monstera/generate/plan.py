"""What to generate: sizes, shares of trouble and incidents, all decided before the first draw."""

import math
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Shape = Literal["demo", "plain"]
Kind = Literal["volume_drop", "churn_jump", "late_batch", "payment_failures", "no_events"]
INCIDENTS: dict[Kind, str] = {
    "volume_drop": "most users are kept away for the day, so that its volume falls by two thirds",
    "churn_jump": "a quarter of the engaged users went quiet early enough to churn on the day",
    "late_batch": "two fifths of the day's events are delivered three days later",
    "payment_failures": "a fifth of the subscribed accounts fail to pay on the day",
    "no_events": "nobody does anything on the day",
}
TUESDAY, WEDNESDAY, THURSDAY, SUNDAY = 1, 2, 3, 6


@dataclass(frozen=True)
class Incident:
    """Something that goes wrong at the company on one business day."""

    kind: Kind
    day: date

    @classmethod
    def parse(cls, text: str) -> "Incident":
        """An incident from `kind@YYYY-MM-DD`.

        Raises:
            ValueError: with the kinds there are.
        """
        found = re.fullmatch(r"(\w+)@(\d{4}-\d{2}-\d{2})", text)
        kind = next((kind for kind in INCIDENTS if found and kind == found[1]), None)
        if found is None or kind is None:
            raise ValueError(
                f"{text!r} is no incident: write KIND@YYYY-MM-DD, "
                f"KIND one of {', '.join(INCIDENTS)}."
            )
        return cls(kind, date.fromisoformat(found[2]))


@dataclass(frozen=True)
class Plan:
    """A synthetic company: how large, from when to when, and what goes wrong with its data.

    Shares are fractions of a day's events, except `announced_late_share`, one of the users.
    """

    users: int
    start: date
    days: int
    seed: int
    late_share: float = 0.0
    duplicate_share: float = 0.0
    broken_share: float = 0.0
    announced_late_share: float = 0.0
    fake_personal_data: bool = False
    incidents: tuple[Incident, ...] = ()
    rows_per_file: int = 200_000

    def __post_init__(self) -> None:
        if self.users < 1 or self.days < 1:
            raise ValueError("A company needs at least one user and one day.")
        shares = ("late_share", "duplicate_share", "broken_share", "announced_late_share")
        for name in shares:
            if not 0 <= getattr(self, name) <= 0.5:
                raise ValueError(f"{name} must lie between 0 and 0.5.")
        for incident in self.incidents:
            if not self.start <= incident.day <= self.end:
                raise ValueError(
                    f"The incident {incident.kind} on {incident.day} is outside "
                    f"{self.start} to {self.end}."
                )

    @property
    def end(self) -> date:
        """The last business day."""
        return self.start + timedelta(days=self.days - 1)

    def suffers(self, kind: Kind, day: date) -> bool:
        """Whether the incident is planned for the day."""
        return Incident(kind, day) in self.incidents


def plain(users: int, start: date, days: int, seed: int) -> Plan:
    """A company whose data arrives once, in time and unbroken."""
    return Plan(users, start, days, seed)


def demo(users: int, start: date, days: int, seed: int) -> Plan:
    """A company with everything that a warehouse has to stand, and a story in its last month."""
    end = start + timedelta(days=days - 1)
    return Plan(
        users, start, days, seed,
        late_share=0.01,
        duplicate_share=0.005,
        broken_share=0.003,
        announced_late_share=0.01,
        fake_personal_data=True,
        incidents=tuple(
            Incident(kind, day) for kind, day in _story(end).items() if day > start
        ),
    )  # fmt: skip


def _story(end: date) -> dict[Kind, date]:
    """What goes wrong in the last month: on working days, the churn in the last complete week."""
    return {
        "payment_failures": _last(THURSDAY, end - timedelta(days=20)),
        "volume_drop": _last(TUESDAY, end - timedelta(days=8)),
        "late_batch": _last(WEDNESDAY, end - timedelta(days=4)),
        "churn_jump": _last(SUNDAY, end) - timedelta(days=1),
    }


def _last(weekday: int, day: date) -> date:
    """The last such weekday up to the day."""
    return day - timedelta(days=(day.weekday() - weekday) % 7)


SHAPES = {"demo": demo, "plain": plain}


def broken_rows(events: int, share: float) -> int:
    """How many broken rows accompany a day of so many events; at least one where any are asked."""
    return math.ceil(events * share)

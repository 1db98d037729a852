"""Visitors: who looks before signing up, and who looks and never does."""

import numpy as np
import numpy.typing as npt

from monstera.generate.billing import Fact
from monstera.generate.calendar import Calendar, shares_of_day
from monstera.generate.catalog import Catalog
from monstera.generate.people import Population

LOOKED_BEFORE = 0.5
"""Share of the users who came as a visitor on the day of their signup."""
NEVER_SIGN_UP = 2.0
"""Visitors who never sign up, for each user who does."""
LONGEST_VISIT = 120_000
"""Milliseconds."""


class Visitors:
    """Draws the visits of each day; there are none where no event type suits a visitor."""

    def __init__(
        self, random: np.random.Generator, calendar: Calendar, people: Population, catalog: Catalog
    ) -> None:
        self._random = random
        self._calendar = calendar
        self._people = people
        self._types = [
            catalog.types[number].event_type
            for number in catalog.greetings.tolist()
            if 1 in catalog.types[number].schema_versions
            and not any(field.required for field in catalog.types[number].metadata.values())
        ]
        looked = self._random.random(len(people)) < (LOOKED_BEFORE if self._types else 0)
        self._looked = looked & _had_time_to_look(calendar, people)

    def name_of(self, user: int) -> str | None:
        """The visitor that a user was before signing up, if any."""
        return f"v_{user:07d}" if self._looked[user] else None

    def of_day(self, day: int) -> list[tuple[str, Fact]]:
        """(visitor, what they did) of a day; visits that end in a signup come shortly before it."""
        if not self._types:
            return []
        people = self._people
        today = people.signed_up_on == day
        passing = int(self._random.poisson(NEVER_SIGN_UP * int(today.sum())))
        begins = self._calendar.between(day, 0.98 * shares_of_day(self._random, passing))
        visits = [(f"v_{day}_{number}", begin) for number, begin in enumerate(begins.tolist())]
        for user in np.flatnonzero(today & self._looked).tolist():
            visits.append((f"v_{user:07d}", int(people.signed_up_at[user]) - LONGEST_VISIT))
        return [(visitor, seen) for visitor, begin in visits for seen in self._visit(begin)]

    def _visit(self, begin: int) -> list[Fact]:
        count = int(self._random.integers(1, 4))
        kinds = self._random.integers(0, len(self._types), size=count).tolist()
        return [Fact(begin + 20_000 * n, self._types[kind], {}) for n, kind in enumerate(kinds)]


def _had_time_to_look(calendar: Calendar, people: Population) -> npt.NDArray[np.bool_]:
    """Users who signed up late enough in the day to have looked around on it."""
    since_midnight = people.signed_up_at - calendar.midnights[people.signed_up_on]
    return np.asarray(since_midnight > LONGEST_VISIT)

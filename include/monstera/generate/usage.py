"""What active users do: sessions of events in the products that they have adopted."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monstera.generate.calendar import Calendar, Milliseconds, shares_of_day
from monstera.generate.catalog import Catalog, Indexes, Sequences
from monstera.generate.people import Attendance, Population

NO_PRODUCT = -1
GAP = 0.0025
"""Mean time between two events of a session, as a share of the day (3.6 minutes)."""


@dataclass(frozen=True)
class Events:
    """A day's events in columns of one length: who, what, in which product, when, which session.

    `kind` numbers `Catalog.types`, `product` numbers `Catalog.products` or is `NO_PRODUCT`.
    """

    user: Indexes
    kind: Indexes
    product: Indexes
    occurred_at: Milliseconds

    def __len__(self) -> int:
        return len(self.user)


class Usage:
    """Remembers what each user has adopted and draws what they do next."""

    def __init__(
        self,
        random: np.random.Generator,
        calendar: Calendar,
        catalog: Catalog,
        people: Population,
    ) -> None:
        self._random = random
        self._calendar = calendar
        self._catalog = catalog
        self._actions = people.traits("actions")
        self._explores = people.traits("explores")
        self._preference = _preferences(random, catalog.popularity, len(people))
        self._adopted = np.zeros(len(people), dtype=np.int64)

    def of_day(self, day: int, attendance: Attendance) -> Events:
        """The events of those who are there, ordered by user and time."""
        steps = [*self._steps(attendance.users), *self._looks(attendance)]
        users = np.concatenate([step.user for step in steps])
        phase = np.repeat(np.arange(len(steps)), [len(step.user) for step in steps])
        order = np.lexsort((phase, users))
        users = users[order]
        kind = np.concatenate([step.kind for step in steps])[order]
        product = np.concatenate([step.product for step in steps])[order]
        return Events(users, kind, product, self._times(day, users, attendance))

    def _steps(self, users: Indexes) -> list["_Steps"]:
        """What each of these users does in a session, phase by phase."""
        random, catalog = self._random, self._catalog
        begins = users[self._adopted[users] == 0]
        explores = self._explores[users] * 2 / (1 + self._adopted[users])
        adopts = (self._adopted[users] == 0) | (random.random(len(users)) < explores)
        adopters = users[adopts & (self._adopted[users] < len(catalog.products))]
        newest = self._preference[adopters, self._adopted[adopters]].astype(np.int64)
        self._adopted[adopters] += 1

        onboarding = Sequences.of([catalog.onboarding])
        begun, owner = onboarding.expand(np.zeros(len(begins), dtype=np.int64))
        first, adopter = self._some_first_steps(newest)

        actors = np.repeat(users, 1 + random.poisson(self._actions[users] - 1))
        slot = (self._adopted[actors] * random.random(len(actors)) ** 1.7).astype(np.int64)
        product = self._preference[actors, slot].astype(np.int64)
        acted, action = catalog.chains.expand(catalog.draw_types(random, product))
        return [
            self._greetings(users, 0.7),
            _Steps(begins[owner], begun, np.full(len(owner), NO_PRODUCT)),
            _Steps(adopters[adopter], first, newest[adopter]),
            _Steps(actors[action], acted, product[action]),
        ]

    def _some_first_steps(self, products: Indexes) -> tuple[Indexes, Indexes]:
        """First steps in each product; a third stop on the way, none skips one."""
        steps, owner = self._catalog.first_steps.expand(products)
        position = np.arange(len(owner)) - np.searchsorted(owner, owner)
        lengths = self._catalog.first_steps.lengths[products]
        stops = self._random.random(len(products)) < 0.33
        reach = np.where(stops, 1 + self._random.random(len(products)) * (lengths - 1), lengths)
        taken = position < reach[owner]
        return steps[taken], owner[taken]

    def _looks(self, attendance: Attendance) -> list["_Steps"]:
        return [self._greetings(attendance.only_looks, 1.0)]

    def _greetings(self, users: Indexes, chance: float) -> "_Steps":
        """Passive events, such as a login, of a share of these users."""
        if len(self._catalog.greetings) == 0:
            users = users[:0]
        users = users[self._random.random(len(users)) < chance]
        drawn = self._random.geometric(0.6, size=len(users)) - 1  # the first declared most often
        drawn %= max(1, len(self._catalog.greetings))
        return _Steps(users, self._catalog.greetings[drawn], np.full(len(users), NO_PRODUCT))

    def _times(self, day: int, users: Indexes, attendance: Attendance) -> Milliseconds:
        """One session a user: a start after the rhythm of the day, then a gap before each event."""
        first = np.searchsorted(users, users)
        session = np.flatnonzero(first == np.arange(len(users)))
        number = np.searchsorted(session, first)
        elapsed = np.cumsum(self._random.exponential(GAP, size=len(users)))
        elapsed = elapsed - elapsed[first]
        last = np.append(session, len(users))[1:] - 1
        duration = elapsed[last]
        start = shares_of_day(self._random, len(session))
        start = np.minimum(start, np.maximum(0, 0.999 - duration))
        stretch = np.minimum(1, 0.999 / np.maximum(duration, 0.001))
        share = start[number] + elapsed * stretch[number]
        not_before = np.zeros(len(users), dtype=np.int64)
        position = np.searchsorted(attendance.users, users)
        known = position < len(attendance.users)
        known[known] = attendance.users[position[known]] == users[known]
        not_before[known] = attendance.not_before[position[known]]
        return self._calendar.between(day, np.minimum(share, 0.9999), not_before)


@dataclass(frozen=True)
class _Steps:
    user: Indexes
    kind: Indexes
    product: Indexes


def _preferences(
    random: np.random.Generator, popularity: npt.NDArray[np.float64], users: int
) -> npt.NDArray[np.int8]:
    """The order in which each user would adopt the products: popular ones earlier, not always."""
    preference = np.empty((users, len(popularity)), dtype=np.int8)
    for begin in range(0, users, 100_000):
        rows = preference[begin : begin + 100_000]
        taste = np.log(popularity) + random.gumbel(size=rows.shape)
        rows[:] = np.argsort(-taste, axis=1)
    return preference

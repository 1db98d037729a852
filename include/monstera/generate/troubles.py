"""Users who pay for themselves and fail to: failures, retries, recoveries, cancellations."""

from collections import defaultdict

import numpy as np

from monstera.generate.calendar import Calendar
from monstera.generate.people import Population

FAILS = 0.0006
"""Chance that a user's own payment fails on a day."""
FIRST_DAY = 20
"""Days from signup to the first payment."""


class Troubles:
    """Draws the payment problems of single users, day by day."""

    def __init__(self, random: np.random.Generator, calendar: Calendar, people: Population) -> None:
        self._random = random
        self._calendar = calendar
        self._people = people
        self._to_come: dict[int, list[tuple[int, str]]] = defaultdict(list)
        self._open: set[int] = set()

    def of_day(self, day: int) -> list[tuple[int, int, str]]:
        """(user, when, event type) of everything that happens on a day."""
        people, random = self._people, self._random
        pays = people.present & people.begun & (people.signed_up_on + FIRST_DAY <= day)
        fails = pays & (random.random(len(people)) < FAILS)
        for user in np.flatnonzero(fails).tolist():
            if user not in self._open:
                self._open.add(user)
                self._plan_problem(user, day)
        happens = [
            (user, event_type)
            for user, event_type in self._to_come.pop(day, [])
            if people.present[user]
        ]
        times = self._calendar.between(day, np.sort(0.45 + 0.4 * random.random(len(happens))))
        return [
            (user, when, event_type)
            for (user, event_type), when in zip(happens, times.tolist(), strict=True)
        ]

    def _plan_problem(self, user: int, day: int) -> None:
        """A failure, perhaps a second and a third, then a recovery, a cancellation or nothing."""
        random = self._random
        first = "payment_method_expired" if random.random() < 0.15 else "payment_failed"
        self._to_come[day].append((user, first))
        failures = int(random.choice([0, 1, 2], p=[0.6, 0.25, 0.15]))
        for number in range(failures):
            self._to_come[day + 3 * (number + 1)].append((user, "payment_failed"))
        ends = day + 3 * failures + int(random.integers(1, 9))
        dice = random.random()
        if dice < 0.85:
            how = "payment_recovered" if dice < 0.72 else "subscription_canceled"
            self._to_come[ends].append((user, how))
            if dice < 0.72:
                self._open.discard(user)

"""The users: when they join, how they behave, and who is active on a day."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from monstera.generate.calendar import Calendar, Milliseconds, shares_of_day

Flags = npt.NDArray[np.bool_]
Indexes = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Persona:
    """How a kind of user behaves; chances are per day."""

    share: float
    """Of all users."""
    activates: float
    """Chance of ever beginning to use the product."""
    active: float
    """Chance of being active on a Monday, while engaged."""
    leaves: float
    """Chance of going quiet, while engaged."""
    returns: float
    """Chance of coming back, while quiet."""
    actions: float
    """Mean number of things done on an active day."""
    explores: float
    """Chance of adopting a further product on an active day."""
    months: tuple[int, ...] = tuple(range(1, 13))
    """Of the year, in which they come at all."""


PERSONAS: dict[str, Persona] = {
    "champion": Persona(0.10, 1.00, 0.80, 0.0012, 0.060, 3.6, 0.030),
    "regular": Persona(0.28, 0.97, 0.40, 0.0040, 0.022, 2.2, 0.020),
    "casual": Persona(0.27, 0.90, 0.10, 0.0080, 0.012, 1.4, 0.030),
    "in_bursts": Persona(0.15, 0.92, 0.38, 0.0600, 0.020, 2.0, 0.025),
    "passing_through": Persona(0.13, 0.85, 0.34, 0.1400, 0.002, 1.6, 0.050),
    "never_starts": Persona(0.04, 0.00, 0.00, 0.0000, 0.001, 1.0, 0.000),
    "seasonal": Persona(0.03, 0.95, 0.30, 0.0000, 0.000, 2.0, 0.020, months=(1, 2, 7, 8)),
}
FOUNDERS = {"champion", "regular"}
COUNTRIES = ("US", "GB", "DE", "IN", "BR", "FR", "CA", "AU", "NL", "JP", "ES", "MX")
CHANNELS = ("organic_search", "paid_search", "referral", "social", "partner", "content")
USERS_PER_ACCOUNT = 7.0
SIGNUP_ACTIVITY = 0.72
"""Chance that a user who will use the product does so on the day of signup."""


@dataclass
class Population:
    """Every user that will ever sign up, ordered by signup; arrays have one entry a user.

    The first columns never change. The state of a user (`present`, `engaged`, `begun`, `account`)
    is that at the end of the last day simulated.
    """

    signed_up_at: Milliseconds
    signed_up_on: Indexes
    founds: Flags
    account: Indexes
    persona: Indexes
    country: Indexes
    channel: Indexes
    announced_on: Indexes
    deleted_on: Indexes
    restored_on: Indexes
    present: Flags = field(init=False)
    engaged: Flags = field(init=False)
    begun: Flags = field(init=False)
    inviters: Indexes = field(init=False)
    """Who founded the account that each user signed up in."""

    def __post_init__(self) -> None:
        self.present = np.zeros(len(self), dtype=bool)
        self.engaged = np.zeros(len(self), dtype=bool)
        self.begun = np.zeros(len(self), dtype=bool)
        self.inviters = self.founders[self.account]

    def __len__(self) -> int:
        return len(self.signed_up_at)

    @property
    def founders(self) -> Indexes:
        """The user who founded each account; shape (accounts,)."""
        return np.flatnonzero(self.founds)

    def began_on(self, day: int) -> Indexes:
        """The day of the signup or restore of each user, as of a day."""
        return np.where(self.restored_on <= day, self.restored_on, self.signed_up_on)

    def in_season(self, month: int) -> Flags:
        """Whether each user comes at all in a month of the year."""
        return np.array([month in persona.months for persona in PERSONAS.values()])[self.persona]

    def traits(self, name: str) -> Reals:
        """A trait of the persona of each user."""
        return np.array([getattr(persona, name) for persona in PERSONAS.values()])[self.persona]


def populate(
    random: np.random.Generator, calendar: Calendar, users: int, announced_late_share: float
) -> Population:
    """Draws the users of a growing company and the accounts that they found or join."""
    days = calendar.days
    weekdays = np.array([calendar.weekday_factor(day) for day in range(days)])
    growth = weekdays * np.linspace(0.75, 1.25, days)
    growth[: max(1, days // 12)] *= 2.5  # the launch
    signed_up_on = np.sort(random.choice(days, size=users, p=growth / growth.sum()))
    shares = shares_of_day(random, users)
    midnights = calendar.midnights
    lengths = midnights[1:] - midnights[:-1]
    signed_up_at = midnights[signed_up_on] + (lengths[signed_up_on] * shares).astype(np.int64)
    signed_up_at.sort()

    founds = random.random(users) < 1 / USERS_PER_ACCOUNT
    founds[0] = True
    deleted_on, restored_on = _departures(random, signed_up_on, days)
    late = (random.random(users) < announced_late_share) & ~founds & (signed_up_on < days - 3)
    return Population(
        signed_up_at=signed_up_at,
        signed_up_on=signed_up_on,
        founds=founds,
        account=_accounts(random, founds),
        persona=_personas(random, founds),
        country=_fading_choice(random, len(COUNTRIES), users),
        channel=_fading_choice(random, len(CHANNELS), users),
        announced_on=signed_up_on + late * random.integers(1, 3, size=users),
        deleted_on=deleted_on,
        restored_on=restored_on,
    )


def _personas(random: np.random.Generator, founds: Flags) -> Indexes:
    """How everybody behaves; nobody founds an account who is not going to use it."""
    shares = np.array([persona.share for persona in PERSONAS.values()])
    keen = shares * [name in FOUNDERS for name in PERSONAS]
    drawn = random.choice(len(shares), size=len(founds), p=shares)
    return np.where(
        founds, random.choice(len(shares), size=len(founds), p=keen / keen.sum()), drawn
    )


def _accounts(random: np.random.Generator, founds: Flags) -> Indexes:
    """Founders open accounts; the others join one of those there, large ones more often."""
    opened = np.cumsum(founds)
    attraction = np.cumsum(random.pareto(1.6, size=opened[-1]) + 0.2)
    joined = np.searchsorted(attraction, random.random(len(founds)) * attraction[opened - 1])
    return np.where(founds, opened - 1, np.minimum(joined, opened - 1)).astype(np.int64)


def _departures(
    random: np.random.Generator, signed_up_on: Indexes, days: int
) -> tuple[Indexes, Indexes]:
    """Days of deletion and restore; a day past the end where it never comes."""
    never = days
    users = len(signed_up_on)
    leaves = random.random(users) < 0.05
    deleted_on = np.where(leaves, signed_up_on + random.integers(10, 150, size=users), never)
    deleted_on = np.minimum(deleted_on, never)
    comes_back = (deleted_on < never) & (random.random(users) < 0.3)
    restored_on = np.where(comes_back, deleted_on + random.integers(2, 25, size=users), never)
    return deleted_on, np.minimum(restored_on, never)


def _fading_choice(random: np.random.Generator, options: int, count: int) -> Indexes:
    weights = 0.75 ** np.arange(options)
    return random.choice(options, size=count, p=weights / weights.sum())


@dataclass(frozen=True)
class Attendance:
    """Who does something on a day, and from when on they may."""

    users: Indexes
    not_before: Milliseconds
    only_looks: Indexes
    """Users who come by and do nothing that counts."""


class Behaviour:
    """Moves a population from day to day."""

    def __init__(self, random: np.random.Generator, calendar: Calendar, people: Population) -> None:
        self._random = random
        self._calendar = calendar
        self._people = people
        self._activates = people.traits("activates")
        self._active = people.traits("active")
        self._leaves = people.traits("leaves")
        self._returns = people.traits("returns")

    def live(self, day: int, *, kept_away: float = 0.0, quits: float = 0.0) -> Attendance:
        """Lives one day: arrivals, departures, moods, and who is active.

        `kept_away` is the share of users whom an outage keeps away, `quits` the share of the
        engaged who turn away for good; both 0 to 1.
        """
        people, random = self._people, self._random
        here = int(np.searchsorted(people.signed_up_on, day, side="right"))
        window = slice(0, here)
        arrives = people.signed_up_on[window] == day
        restored = people.restored_on[window] == day
        people.present[window] |= arrives | restored
        people.present[window] &= people.deleted_on[window] != day

        mood = random.random(here)
        engaged = people.engaged[window]
        leaves = np.maximum(self._leaves[window], quits)
        self._returns[window][engaged & (mood < quits)] = 0
        stays = engaged & (mood >= leaves)
        returns = ~engaged & people.begun[window] & (mood < self._returns[window])
        starts_late = ~engaged & ~people.begun[window] & (mood < 0.0015)
        starts = arrives & (mood < self._activates[window])
        people.engaged[window] = stays | returns | starts_late | starts | restored
        people.begun[window] |= people.engaged[window]

        chance = self._active[window] * self._calendar.weekday_factor(day)
        chance = np.where(starts, SIGNUP_ACTIVITY, np.maximum(chance, returns * 0.6))
        dice = random.random(here)
        present = people.present[window]
        reachable = random.random(here) >= kept_away
        comes = starts | people.in_season(self._calendar.date(day).month)[window]
        acts = present & people.engaged[window] & comes & (dice < chance) & reachable
        looks = present & ~acts & (dice > 0.985) & reachable
        born = np.where(arrives, people.signed_up_at[window] + 1000, 0)
        born = np.where(restored, self.restored_at(day) + 1000, born)
        users = np.flatnonzero(acts)
        return Attendance(users, born[users], np.flatnonzero(looks & ~arrives & ~restored))

    def restored_at(self, day: int) -> int:
        """When the deletions are undone that are undone on this day: mid-morning."""
        return int(self._calendar.between(day, np.array([0.4]))[0])

"""The life of an alert: what an evaluation does to where a rule stands on a segment.

    inactive → pending → firing → recovering → resolved → inactive

`no_data` and `error` are states of their own. They never end a firing: a rule that cannot be
judged says nothing about whether the trouble is over.
"""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What one evaluation found."""

    CLEAR = "clear"
    BREACH = "breach"
    NO_DATA = "no_data"
    ERROR = "error"


class State(StrEnum):
    """Where a rule stands on a segment after an evaluation."""

    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"
    RECOVERING = "recovering"
    RESOLVED = "resolved"
    NO_DATA = "no_data"
    ERROR = "error"

    @property
    def is_open(self) -> bool:
        """Whether an incident is open in this state."""
        return self in {State.FIRING, State.RECOVERING}


@dataclass(frozen=True)
class Standing:
    """A state, and for how many evaluations in a row what leads out of it has been seen.

    `streak` counts breaches while pending, and evaluations without breach while recovering. An
    error keeps it, as its moment is judged again.
    """

    state: State = State.INACTIVE
    streak: int = 0


@dataclass(frozen=True)
class Patience:
    """How often in a row something must be seen.

    Attributes:
        breaches: breaches before it fires, at least 1.
        clears: evaluations without breach before it resolves, at least 1.
        keeps_on_no_data: whether missing data leaves a pending alert pending.
    """

    breaches: int = 1
    clears: int = 1
    keeps_on_no_data: bool = False


def advance(standing: Standing, outcome: Outcome, patience: Patience) -> Standing:
    """Where a rule stands after one more evaluation."""
    if outcome is Outcome.BREACH:
        return _after_breach(standing, patience)
    if outcome is Outcome.CLEAR:
        return _after_clear(standing, patience)
    if standing.state.is_open:
        return standing
    if outcome is Outcome.ERROR:
        return Standing(State.ERROR, standing.streak)
    if standing.streak and patience.keeps_on_no_data:
        return Standing(State.PENDING, standing.streak)
    return Standing(State.NO_DATA)


def _after_breach(standing: Standing, patience: Patience) -> Standing:
    if standing.state.is_open:
        return Standing(State.FIRING)
    streak = standing.streak + 1
    if streak >= patience.breaches:
        return Standing(State.FIRING)
    return Standing(State.PENDING, streak)


def _after_clear(standing: Standing, patience: Patience) -> Standing:
    if not standing.state.is_open:
        return Standing(State.INACTIVE)
    streak = standing.streak + 1
    if streak >= patience.clears:
        return Standing(State.RESOLVED)
    return Standing(State.RECOVERING, streak)

"""Measuring ours and the yardstick in turn, and what came out."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Progress = Callable[[str], None]
"""Called with what is being done."""
Action = Callable[[], object]


What = Literal["load", "day", "rebuild", "scale", "query", "all"]


class BenchmarkError(RuntimeError):
    """Ours and the yardstick do not do the same, so that a comparison would say nothing."""


@dataclass(frozen=True)
class Reach:
    """What a figure is to reach: at most or at least so much."""

    bound: Literal["<=", ">="]
    value: float

    def holds(self, figure: float) -> bool:
        """Whether the figure reaches it."""
        return figure <= self.value if self.bound == "<=" else figure >= self.value

    def __str__(self) -> str:
        return f"{'≤' if self.bound == '<=' else '≥'} {self.value:g}"


@dataclass(frozen=True)
class Figure:
    """One line of the result: a ratio to a yardstick of the same run, or a plain quantity.

    `ours` and `yardstick` hold one value a round, in `unit`; without a yardstick the figure is
    the median of `ours`. `ratio_of` says which way round the ratio is.
    """

    group: str
    what: str
    unit: str
    ours: tuple[float, ...]
    yardstick_name: str | None = None
    yardstick: tuple[float, ...] = ()
    ratio_of: Literal["ours/yardstick", "yardstick/ours"] = "ours/yardstick"
    reach: Reach | None = None
    note: str = ""

    @property
    def values(self) -> tuple[float, ...]:
        """The figure of each round."""
        if not self.yardstick:
            return self.ours
        pairs = zip(self.ours, self.yardstick, strict=True)
        if self.ratio_of == "ours/yardstick":
            return tuple(ours / yardstick for ours, yardstick in pairs)
        return tuple(yardstick / ours for ours, yardstick in pairs)

    @property
    def median(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.values)

    @property
    def reached(self) -> bool | None:
        """Whether the median reaches what it is to reach; None where nothing is asked."""
        return None if self.reach is None else self.reach.holds(self.median)


@dataclass(frozen=True)
class Size:
    """How much is measured: users and days of the data, and how often.

    `long_rounds` is how often what reads or loads the whole history is measured (a load, a rebuild,
    the metrics of all days, full-history SQL), and `rounds` how often all the rest.
    """

    users: int
    days: int
    rounds: int
    long_rounds: int


def seconds(action: Action) -> float:
    """How long an action takes."""
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def in_turn(rounds: int, actions: Mapping[str, Action]) -> dict[str, tuple[float, ...]]:
    """Seconds of every action in every round; each round runs all of them, one after the other."""
    taken: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(rounds):
        for name, action in actions.items():
            taken[name].append(seconds(action))
    return {name: tuple(found) for name, found in taken.items()}


def repeated(value: float, like: Sequence[float]) -> tuple[float, ...]:
    """The same yardstick value for every round, where it was measured once."""
    return (value,) * len(like)

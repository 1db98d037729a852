"""How many events are still usual where a certain number is expected."""

import math

EXACT_BELOW = 700
"""Expected counts from which the normal distribution is used, three standard deviations."""
TAIL = 0.00135
"""Share of days that may fall below, and above: that of three standard deviations."""


def usual_counts(expected: float) -> tuple[int, int]:
    """The least and the greatest count that is usual where `expected` are expected.

    Exact for a Poisson count: fewer than the least, and more than the greatest, each happen with
    a probability below `TAIL`. `expected` is at least 0.
    """
    if expected >= EXACT_BELOW:
        margin = 3 * math.sqrt(expected)
        return math.ceil(expected - margin), math.floor(expected + margin)
    probability = cumulative = math.exp(-expected)
    count = 0
    least = 0 if cumulative >= TAIL else None
    while 1 - cumulative >= TAIL:
        count += 1
        probability *= expected / count
        cumulative += probability
        if least is None and cumulative >= TAIL:
            least = count
    return least or 0, count

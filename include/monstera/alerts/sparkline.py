"""A series of values as a line of text, and the days below it on which an alert fired."""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal

BLOCKS = "▁▂▃▄▅▆▇█"
MISSING = " "
FIRED = "▲"


def sparkline(
    values: Mapping[date, Decimal | None], firing: Collection[date], width: int
) -> tuple[str, str]:
    """Two lines of at most `width` characters: the values, and where it fired.

    With more days than characters, several days share one: their mean, and whether it fired on any.
    """
    days = sorted(values)
    groups = [days[start:end] for start, end in _groups(len(days), width)]
    means = [_mean([values[day] for day in group]) for group in groups]
    known = [mean for mean in means if mean is not None]
    if not known:
        return "", ""
    least, span = min(known), max(known) - min(known)
    line = "".join(
        MISSING if mean is None else BLOCKS[_height(mean - least, span)] for mean in means
    )
    marks = "".join(FIRED if any(day in firing for day in group) else " " for group in groups)
    return line, marks.rstrip()


def _groups(count: int, width: int) -> list[tuple[int, int]]:
    columns = min(count, width)
    return [(n * count // columns, (n + 1) * count // columns) for n in range(columns)]


def _mean(values: list[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) / len(known) if known else None


def _height(above: Decimal, span: Decimal) -> int:
    return round(above / span * (len(BLOCKS) - 1)) if span else 0

"""Numbers and dates as people read them in messages."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from monstera.definitions import Metric

MINUS = "\N{MINUS SIGN}"


def value_text(value: Decimal | None, metric: Metric) -> str:
    """A value of a metric: shares in percent, money with cents if any, below 1 three digits."""
    if value is None:
        return "none"
    if metric.unit == "share":
        return f"{plain(value * 100, 1)} %"
    if metric.unit == "money" and value % 1:
        return f"{value.quantize(Decimal('0.01'), rounding=ROUND_HALF_UP):,f}"
    return plain(value, 3) if abs(value) < 1 else count_text(value)


def size_text(size: Decimal, unit: Literal["percent", "points", "absolute"], metric: Metric) -> str:
    """The size of a change in the unit of a rule: `20 %`, `2 points`, `5`."""
    if unit == "percent":
        return f"{plain(size, 0 if size >= 10 and size % 1 else 1)} %"
    return points_text(size) if unit == "points" else effect_text(size, metric)


def effect_text(size: Decimal, metric: Metric) -> str:
    """The size of a difference in the metric's unit: of shares in points."""
    return points_text(size * 100) if metric.unit == "share" else value_text(size, metric)


def points_text(size: Decimal) -> str:
    """A number of percentage points."""
    text = plain(size, 1)
    return f"{text} point" if text == "1" else f"{text} points"


def count_text(value: Decimal | None) -> str:
    """A number of things."""
    return plain(value or Decimal(0), 1)


def hours_text(value: Decimal | None) -> str:
    """A number of hours."""
    return f"{plain(value or Decimal(0), 1)} h"


def minutes_text(value: Decimal | None) -> str:
    """A number of minutes."""
    return f"{plain(value or Decimal(0), 0)} min"


def plain(number: Decimal, digits: int) -> str:
    """With thousands separated, and no zeros after the point."""
    rounded = number.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    text = f"{rounded:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def period_text(day: date, metric: Metric) -> str:
    """The period that begins on a day: `in the week of 5 January 2026`."""
    if metric.grain == "day":
        return f"on {day_text(day)}"
    if metric.grain == "week":
        return f"in the week of {day_text(day)}"
    return f"in {day:%B %Y}"


def day_text(day: date) -> str:
    """`5 January 2026`."""
    return f"{day.day} {day:%B %Y}"


def weekday_text(day: date) -> str:
    """`Monday`."""
    return f"{day:%A}"

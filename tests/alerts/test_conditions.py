"""The arithmetic of conditions against numbers worked out by hand."""

import math
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from monstera.alerts.conditions import Change, Threshold, Volume
from monstera.alerts.poisson import TAIL, usual_counts
from monstera.alerts.states import Outcome

MONDAY = date(2026, 3, 2)


def mondays(*values: float) -> dict[date, Decimal]:
    """The values of the Mondays before, the last one a week before."""
    dates = (MONDAY - timedelta(weeks=weeks) for weeks in range(len(values), 0, -1))
    return {day: Decimal(str(value)) for day, value in zip(dates, values, strict=True)}


def judge(condition, value, history, without=frozenset(), on=MONDAY):
    return condition.judge(Decimal(str(value)), on, history, without)


def volume(**options) -> Volume:
    return Volume(kind="volume", value=20, unit="percent", minimum_effect=20, **options)


def change(against="previous_week", op=">", value=20, unit="percent", **options) -> Change:
    return Change(kind="change", against=against, op=op, value=value, unit=unit, **options)


@pytest.mark.parametrize(
    ("value", "baseline", "is_breach"),
    [
        (0.0240, 0.02, False),  # exactly +20 %
        (0.0241, 0.02, True),  # +20.5 %
        (0.0100, 0.02, False),  # down is no rise
        (0.12, 0.1, False),  # +20 %, which floats would make +19.999… or more
        (0.0001, 0, True),  # a rise from nothing is beyond any percentage
        (0, 0, False),
    ],
)
def test_a_relative_rise(value: float, baseline: float, is_breach: bool) -> None:
    assert judge(change(), value, mondays(baseline)).is_breach is is_breach


@pytest.mark.parametrize(
    ("value", "is_breach"),
    [(0.51, False), (0.5099, True), (0.70, False)],  # 0.60 · 0.85 = 0.51
)
def test_a_relative_fall(value: float, is_breach: bool) -> None:
    judgement = judge(change(op="<", value=-15), value, mondays(0.60))
    assert judgement.is_breach is is_breach
    assert (judgement.baseline, judgement.threshold) == (Decimal("0.6"), Decimal("0.51"))


def test_points_and_absolute_differences() -> None:
    points = change(value=2, unit="points")
    assert judge(points, 0.0701, mondays(0.05)).is_breach
    assert not judge(points, 0.07, mondays(0.05)).is_breach
    assert judge(points, 0.07, mondays(0.05)).threshold == Decimal("0.07")
    absolute = change(op=">=", value=5, unit="absolute")
    assert judge(absolute, 15, mondays(10)).is_breach
    assert not judge(absolute, 14, mondays(10)).is_breach


@pytest.mark.parametrize(
    ("against", "on", "compared_with"),
    [
        ("previous_day", date(2026, 3, 2), date(2026, 3, 1)),
        ("previous_week", date(2026, 3, 2), date(2026, 2, 23)),
        ("previous_month", date(2026, 3, 1), date(2026, 2, 1)),
        ("previous_month", date(2026, 3, 31), date(2026, 2, 28)),
    ],
)
def test_what_a_change_is_against(against: str, on: date, compared_with: date) -> None:
    history = {compared_with: Decimal(10), compared_with - timedelta(days=1): Decimal(99)}
    assert judge(change(against), 12, history, on=on).baseline == 10
    assert judge(change(against), 12, {}, on=on).outcome is Outcome.NO_DATA


def test_mean_and_median_of_same_weekdays_look_at_no_other_day() -> None:
    history = mondays(10, 20, 30, 100) | {MONDAY - timedelta(days=1): Decimal(7)}
    assert judge(change("mean_of_same_weekdays", count=4), 40, history).baseline == 40
    assert judge(change("median_of_same_weekdays", count=4), 40, history).baseline == 25
    assert judge(change("mean_of_same_weekdays", count=2), 40, history).baseline == 65


def test_volume_is_judged_by_the_median_of_the_last_eight_same_weekdays() -> None:
    history = mondays(5000, 1000, 1010, 990, 1000, 1020, 980, 1000, 1000)  # the first is a ninth
    for value, is_breach in ((800, False), (799, True), (1200, False), (1201, True)):
        judgement = judge(volume(), value, history)
        assert judgement.is_breach is is_breach
        assert judgement.baseline == 1000
    assert judge(volume(), 700, history).threshold == 800
    assert judge(volume(), 1300, history).threshold == 1200
    assert not judge(volume(direction="up"), 700, history).is_breach
    assert not judge(volume(direction="down"), 1300, history).is_breach


def test_days_of_confirmed_incidents_train_no_baseline() -> None:
    history = mondays(1000, 1000, 1000, 1000, 10, 10, 10, 10)
    bad = frozenset(MONDAY - timedelta(weeks=weeks) for weeks in (1, 2, 3, 4))
    assert judge(volume(), 10, history).baseline == 505
    assert judge(volume(), 10, history, bad).baseline == 1000


def test_too_little_history_is_no_judgement() -> None:
    judgement = judge(volume(), 0, mondays(1000, 1000, 1000))
    assert judgement.outcome is Outcome.NO_DATA
    assert judgement.detail == "3 of at least 4 same weekdays to compare with"


def test_small_counts_are_judged_by_chance_and_not_by_percent() -> None:
    history = mondays(*[100] * 8)
    assert not judge(volume(), 75, history).is_breach  # -25 %, which chance does every few months
    assert judge(volume(), 70, history).is_breach
    assert judge(volume(), 70, history).threshold == 71
    assert not judge(volume(), 131, history).is_breach
    assert judge(volume(), 132, history).is_breach
    at_225 = mondays(*[225] * 8)
    assert judge(volume(), 270.1, at_225).is_breach  # from 225 on, 20 % is three deviations
    assert not judge(volume(), 270, at_225).is_breach


def test_a_difference_that_matters_to_nobody_is_no_breach() -> None:
    assert not judge(volume(), 19, mondays(0, 0, 0, 0)).is_breach
    assert judge(volume(), 20, mondays(0, 0, 0, 0)).is_breach


def test_a_day_without_events_matters_where_some_were_expected() -> None:
    none = Threshold(kind="threshold", op="=", value=0, unit="absolute", minimum_expected=5)
    assert judge(none, 0, mondays(5, 5, 5, 5)).is_breach
    assert not judge(none, 0, mondays(4, 4, 5, 5)).is_breach  # the median is 4.5
    assert not judge(none, 1, mondays(5, 5, 5, 5)).is_breach


def exact_tails(expected: int, count: int) -> tuple[Fraction, Fraction]:
    """P(X <= count) and P(X >= count), summed as fractions but for one factor e^-expected."""
    terms = [Fraction(expected**k, math.factorial(k)) for k in range(count + 1)]
    scale = Fraction(math.exp(-expected))
    below = sum(terms) * scale
    return below, 1 - (below - terms[-1] * scale)


def test_many_are_counted_by_the_normal_distribution() -> None:
    assert usual_counts(10_000) == (9_700, 10_300)
    least, most = usual_counts(699.9)  # where it takes over from the exact bound
    assert abs(least - (700 - 79)) <= 2
    assert abs(most - (700 + 79)) <= 3


@pytest.mark.parametrize("expected", [1, 5, 20, 100, 224])
def test_poisson_bounds_are_the_outermost_usual_counts(expected: int) -> None:
    least, most = usual_counts(expected)
    assert exact_tails(expected, least)[0] >= TAIL
    assert least == 0 or exact_tails(expected, least - 1)[0] < TAIL
    assert exact_tails(expected, most)[1] >= TAIL
    assert exact_tails(expected, most + 1)[1] < TAIL

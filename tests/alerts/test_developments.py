"""Trends, shifts, anomalies and forecasts against numbers worked out by hand or drawn by chance."""

import random
from datetime import date, timedelta
from decimal import Decimal
from statistics import mean

import pytest

from monstera.alerts.conditions import (
    Anomaly,
    AnyOf,
    BaselineShift,
    Change,
    Forecast,
    Threshold,
    Trend,
    Volume,
)
from monstera.alerts.conditions.base import growth_a_week
from monstera.alerts.states import Outcome

MONDAY = date(2026, 3, 2)
NONE: frozenset[date] = frozenset()


def weeks(*values: float) -> dict[date, Decimal]:
    """Values of the Mondays before, the last one a week before."""
    dates = (MONDAY - timedelta(weeks=weeks) for weeks in range(len(values), 0, -1))
    return {day: Decimal(str(value)) for day, value in zip(dates, values, strict=True)}


def days(count: int, value, until: date = MONDAY) -> dict[date, Decimal]:
    """Values of the days before, by a function of the date."""
    dates = (until - timedelta(days=days) for days in range(count, 0, -1))
    return {day: Decimal(str(value(day))) for day in dates}


def weekend_dips(day: date) -> float:
    return 350 if day.weekday() >= 5 else 1000


def judge(condition, value, history, without=NONE, on=MONDAY):
    return condition.judge(Decimal(str(value)), on, history, without)


def falls(**options) -> Trend:
    return Trend(
        **{
            "kind": "trend", "every": "week", "periods": 4, "op": "<", "value": 0,
            "unit": "absolute", "every_step": True, "minimum_effect": Decimal("0.01"), **options,
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("earlier", "value", "is_breach"),
    [
        ((0.50, 0.49, 0.48, 0.47), 0.46, True),  # four falls in a row
        ((0.50, 0.49, 0.49, 0.47), 0.46, False),  # one week it stayed
        ((0.40, 0.49, 0.48, 0.47), 0.46, False),  # only three falls
        ((0.504, 0.503, 0.502, 0.501), 0.500, False),  # 0.4 points in all matter to nobody
        ((0.46, 0.47, 0.48, 0.49), 0.50, False),  # rises
    ],
)
def test_a_fall_many_times_in_a_row(earlier, value, is_breach) -> None:
    judgement = judge(falls(), value, weeks(*earlier))
    assert judgement.is_breach is is_breach
    assert judgement.baseline == Decimal(str(earlier[0]))


def test_a_row_is_broken_by_a_missing_week_and_by_a_confirmed_incident() -> None:
    history = weeks(0.50, 0.49, 0.48, 0.47)
    hole = {day: value for day, value in history.items() if value != Decimal("0.48")}
    assert judge(falls(), 0.46, hole).outcome is Outcome.NO_DATA
    assert judge(falls(), 0.46, weeks(0.49, 0.48)).outcome is Outcome.NO_DATA
    incident = frozenset({MONDAY - timedelta(weeks=2)})
    assert judge(falls(), 0.46, history, incident).outcome is Outcome.NO_DATA


def test_a_slope_is_the_median_of_all_pairs() -> None:
    rises = falls(op=">", value=5, unit="percent", every_step=False, minimum_effect=1)
    # pairs of 100, 106, 112, 30, 124: the outlier does not turn 6 a week around
    assert judge(rises, 124, weeks(100, 106, 112, 30)).is_breach
    assert not judge(rises, 116, weeks(100, 104, 108, 112)).is_breach  # 4 % a week
    assert judge(rises, 124, weeks(100, 106, 112, 118)).threshold == Decimal(120)  # 4 · 5 %


def test_a_monthly_trend_steps_by_months() -> None:
    history = {date(2026, month, 1): Decimal(10 - month) for month in (1, 2, 3, 4)}
    monthly = falls(every="month", minimum_effect=1)
    assert judge(monthly, 5, history, on=date(2026, 5, 1)).is_breach
    assert judge(monthly, 6, history, on=date(2026, 5, 1)).outcome is Outcome.CLEAR


def shift(**options) -> BaselineShift:
    return BaselineShift(
        kind="baseline_shift", value=5, unit="points", minimum_effect=Decimal("0.05"), **options
    )


@pytest.mark.parametrize(
    ("value", "is_breach"),
    [(0.351, True), (0.35, False), (0.25, False), (0.249, True), (0.30, False)],
)
def test_a_share_leaves_its_baseline_by_points(value, is_breach) -> None:
    history = weeks(0.30, 0.31, 0.29, 0.30, 0.30, 0.30, 0.90, 0.30)  # the median is 0.30
    assert judge(shift(), value, history).is_breach is is_breach


def test_a_shift_in_one_direction() -> None:
    history = weeks(*[0.30] * 8)
    assert not judge(shift(direction="up"), 0.20, history).is_breach
    assert judge(shift(direction="down"), 0.20, history).threshold == Decimal("0.25")
    assert judge(shift(), 0.20, weeks(0.3, 0.3, 0.3)).outcome is Outcome.NO_DATA


def anomaly(**options) -> Anomaly:
    return Anomaly(
        **{"kind": "anomaly", "value": 3, "unit": "deviations", "minimum_effect": 20, **options}
    )


def test_an_anomaly_knows_the_weekend() -> None:
    """On Monday 1,000 are usual though the day before had 350; 350 on a Monday are not."""
    history = days(56, lambda day: weekend_dips(day) + (day.day % 3 - 1) * 20)
    assert not judge(anomaly(), 1000, history).is_breach
    assert judge(anomaly(), 350, history).is_breach
    sunday = MONDAY - timedelta(days=1)
    before = {day: value for day, value in history.items() if day < sunday}
    assert not judge(anomaly(), 350, before, on=sunday).is_breach
    assert judge(anomaly(), 1000, before, on=sunday).is_breach


def test_the_spread_is_the_median_deviation_and_has_a_floor() -> None:
    """Mondays of 980, 1000, 1020: median 1000, deviation 20, so 1.4826 · 20 · 3 = 88.96."""
    history = weeks(980, 1000, 1020, 980, 1000, 1020, 980, 1020)
    tight = anomaly(least_spread=Decimal("0.1"))
    assert judge(tight, 1089, history).is_breach
    assert not judge(tight, 1088, history).is_breach
    steady = weeks(*[1000] * 8)  # no variance at all: the floor of 5 %, three times
    assert not judge(anomaly(), 1150, steady).is_breach
    assert judge(anomaly(), 1151, steady).is_breach
    nothing = weeks(*[0] * 8)  # nothing expected and no spread: only the effect decides
    assert not judge(anomaly(), 19, nothing).is_breach
    assert judge(anomaly(), 20, nothing).is_breach


def test_an_anomaly_needs_history_a_direction_and_an_effect() -> None:
    assert judge(anomaly(), 0, weeks(9, 9, 9)).outcome is Outcome.NO_DATA
    assert judge(anomaly(minimum_weeks=6), 0, weeks(*[1000] * 5)).outcome is Outcome.NO_DATA
    steady = weeks(*[1000] * 8)
    assert not judge(anomaly(direction="up"), 0, steady).is_breach
    assert judge(anomaly(direction="down"), 0, steady).threshold == 850
    assert not judge(anomaly(minimum_effect=200), 850, steady).is_breach


def test_a_past_incident_does_not_train_what_is_usual() -> None:
    """Half of the Mondays are of one long incident: confirmed, 100 is no usual Monday."""
    history = weeks(1000, 1000, 1000, 1000, 1000, 100, 100, 100, 100, 100)
    incident = frozenset(MONDAY - timedelta(weeks=week) for week in range(1, 6))
    assert not judge(anomaly(), 100, history).is_breach
    assert judge(anomaly(), 100, history, incident).is_breach
    assert judge(anomaly(), 100, history, incident).baseline == 1000


def test_the_tested_value_is_no_part_of_its_baseline() -> None:
    history = weeks(*[1000] * 8) | {MONDAY: Decimal(100)}
    for condition in (anomaly(), shift(), Volume(**VOLUME)):
        assert judge(condition, 100, history).baseline == 1000


VOLUME = {"kind": "volume", "value": 20, "unit": "percent", "minimum_effect": 20}


def test_a_holiday_breaks_its_own_day_and_none_after_it() -> None:
    holiday = MONDAY - timedelta(weeks=1)
    history = days(63, lambda day: 200 if day == holiday else weekend_dips(day))
    volume = Volume(**VOLUME)
    before = {day: value for day, value in history.items() if day < holiday}
    assert judge(volume, 200, before, on=holiday).is_breach
    assert not judge(volume, 1000, history).is_breach  # the mean of eight would be 900
    four = history | {holiday - timedelta(weeks=1): Decimal(200)}  # and a second one in a row
    assert judge(volume, 1000, four).baseline == 1000


def noisy(rng: random.Random, day: date, growth: float = 0.0) -> int:
    level = weekend_dips(day) * (1 + growth) ** ((day - MONDAY).days / 7)
    return round(level * rng.gauss(1, 0.05))


def test_a_plain_mean_breaks_on_most_days_where_the_median_of_weekdays_does_not() -> None:
    """The figure behind the baseline: 5 % noise, weekends at 35 %, judged over two years.

    The mean of seven days is 814 of 1,000, so a weekday is +23 % and a weekend day -57 %.
    """
    rng = random.Random(1)
    values = days(786, lambda day: noisy(rng, day))
    judged_days = [day for day in sorted(values) if day >= min(values) + timedelta(days=56)]
    volume = Volume(**VOLUME)
    plain = by_weekday = 0
    for day in judged_days:
        week = mean(values[day - timedelta(days=n)] for n in range(1, 8))
        plain += abs(values[day] - week) > week / 5
        by_weekday += volume.judge(values[day], day, values, NONE).is_breach
    assert len(judged_days) == 730
    assert plain / 730 > 0.5
    assert by_weekday / 730 < 0.01


def test_what_grows_is_compared_with_where_it_would_be() -> None:
    """At 5 % a week the median of eight weeks lies 4.5 weeks back: every day is 24 % above it."""
    rng = random.Random(2)
    values = days(270, lambda day: noisy(rng, day, growth=0.05))
    tested = sorted(values)[-200:]
    plain, following = Volume(**VOLUME), Volume(**VOLUME, follows_growth=True)
    breaches = {
        condition.follows_growth: sum(
            condition.judge(values[day], day, values, NONE).is_breach for day in tested
        )
        for condition in (plain, following)
    }
    assert breaches[False] > 100
    assert breaches[True] <= 4  # 2 %
    assert judge(following, 700, values).is_breach  # and a fall is seen


def test_what_shrinks_is_compared_with_what_it_was() -> None:
    history = days(56, lambda day: 1000 * 0.95 ** ((day - MONDAY).days / 7))
    assert growth_a_week(history, MONDAY, NONE) == 0
    assert judge(Volume(**VOLUME, follows_growth=True), 790, history).is_breach
    steady = days(56, lambda day: 1000 * 1.009 ** ((day - MONDAY).days / 7))
    assert growth_a_week(steady, MONDAY, NONE) == 0  # below 1 % a week


def test_small_counts_must_be_beyond_chance_and_beyond_a_wide_limit() -> None:
    failures = Volume(kind="volume", value=200, unit="percent", minimum_effect=1, direction="up")
    fives = weeks(*[5] * 8)  # chance explains up to 13, the limit is 15
    assert not judge(failures, 15, fives).is_breach
    assert judge(failures, 16, fives).is_breach
    ones = weeks(*[1] * 8)  # chance explains up to 5, the limit is 3
    assert not judge(failures, 5, ones).is_breach
    assert judge(failures, 6, ones).is_breach


def test_the_mean_of_days_needs_half_of_them() -> None:
    twice = Change(kind="change", against="mean_of_days", count=28, op=">", value=100,
                   unit="percent", minimum_effect=Decimal("0.01"))  # fmt: skip
    history = days(14, lambda day: 0.02)
    assert judge(twice, 0.041, history).is_breach
    assert not judge(twice, 0.04, history).is_breach
    assert judge(twice, 0.04, days(13, lambda day: 0.02)).outcome is Outcome.NO_DATA


def test_one_of_several_conditions() -> None:
    either = AnyOf(
        kind="any",
        of=(
            Threshold(kind="threshold", op=">", value=Decimal("0.1"), unit="absolute"),
            Change(kind="change", against="mean_of_days", count=4, op=">", value=100,
                   unit="percent"),
        ),
    )  # fmt: skip
    history = days(4, lambda day: 0.02)
    assert (judge(either, 0.11, history).is_breach, judge(either, 0.11, history).part) == (True, 0)
    assert (judge(either, 0.05, history).is_breach, judge(either, 0.05, history).part) == (True, 1)
    assert judge(either, 0.04, history).outcome is Outcome.CLEAR
    assert judge(either, 0.04, {}).outcome is Outcome.CLEAR  # one of them can be judged
    with pytest.raises(ValueError, match="as far apart"):
        AnyOf(kind="any", of=(Volume(**VOLUME), either.of[1]))


def forecast(**options) -> Forecast:
    return Forecast(
        **{
            "kind": "forecast", "period": "month", "total": "sum", "target": 3100, "op": "<",
            "value": 5, "unit": "percent", "minimum_effect": 10, **options,
        }
    )  # fmt: skip


def test_a_sum_goes_on_at_the_pace_of_its_weekdays() -> None:
    """March has 22 weekdays and 9 weekend days: at 100 and 50 a day it comes to 2,650."""
    tenth = date(2026, 3, 10)
    history = days(40, lambda day: 50 if day.weekday() >= 5 else 100, until=tenth)
    judgement = judge(forecast(), 100, history, on=tenth)
    assert (judgement.value, judgement.baseline) == (2650, 3100)
    assert judgement.threshold == 2945  # 5 % below the target
    assert judgement.is_breach
    assert not judge(forecast(target=2700), 100, history, on=tenth).is_breach
    assert judge(forecast(), 100, history, on=date(2026, 3, 6)).outcome is Outcome.NO_DATA
    assert judge(forecast(), 100, {}, on=tenth).outcome is Outcome.NO_DATA


def test_a_level_goes_on_at_its_daily_step() -> None:
    """Two more a day: on 10 March 100, so 142 at the end of the month, 21 days later."""
    tenth = date(2026, 3, 10)
    history = days(28, lambda day: 100 + 2 * (day - tenth).days, until=tenth)
    level = forecast(total="last", target=150, value=0, unit="absolute", minimum_effect=1)
    assert judge(level, 100, history, on=tenth).value == 142
    assert judge(level, 100, history, on=tenth).is_breach
    few = days(13, lambda day: 100, until=tenth)
    assert judge(level, 100, few, on=tenth).outcome is Outcome.NO_DATA

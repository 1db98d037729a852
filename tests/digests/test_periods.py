"""Which days a digest is about: calendar weeks and months that are over."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monstera.digests import newest

SUNDAY = date(2026, 1, 11)


def test_a_day_is_compared_with_the_same_weekday() -> None:
    period = newest("daily", SUNDAY)
    assert (period.first, period.last, period.before) == (SUNDAY, SUNDAY, date(2026, 1, 4))
    assert period.name == "daily 2026-01-11"
    assert period.title == "Sunday, 11 January 2026"


@pytest.mark.parametrize(("as_of", "monday"), [(11, 5), (12, 5), (17, 5), (18, 12)])
def test_a_week_is_over_on_sunday(as_of: int, monday: int) -> None:
    period = newest("weekly", date(2026, 1, as_of))
    assert (period.first, period.last) == (date(2026, 1, monday), date(2026, 1, monday + 6))
    assert period.before == period.first - timedelta(days=7)


@pytest.mark.parametrize(
    ("as_of", "first", "last", "before"),
    [
        ("2026-01-30", "2025-12-01", "2025-12-31", "2025-11-01"),
        ("2026-01-31", "2026-01-01", "2026-01-31", "2025-12-01"),
        ("2024-02-29", "2024-02-01", "2024-02-29", "2024-01-01"),
    ],
)
def test_a_month_is_over_on_its_last_day(as_of, first, last, before) -> None:
    period = newest("monthly", date.fromisoformat(as_of))
    found = (period.first, period.last, period.before)
    assert found == tuple(map(date.fromisoformat, (first, last, before)))


@given(
    st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.sampled_from(["daily", "weekly", "monthly"])
)
def test_the_newest_period_is_over_and_the_next_one_is_not(as_of, kind) -> None:
    period = newest(kind, as_of)
    following = newest(kind, as_of + timedelta(days=32))
    assert period.before < period.first <= period.last <= as_of < following.last
    assert newest(kind, period.last) == period


def test_what_is_made_up_much_later_is_no_news() -> None:
    period = newest("daily", SUNDAY)
    assert period.is_news(SUNDAY + timedelta(days=2))
    assert not period.is_news(SUNDAY + timedelta(days=3))

"""Days are those of the business zone: over changes of its clocks, at midnight, in leap years."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lifecycle.world import World, uid, utc
from monstera.warehouse import Warehouse

NEW_YORK = "business_time_zone: America/New_York\n"


@pytest.fixture
def new_york(warehouse: Warehouse, tmp_path: Path) -> World:
    return World(warehouse, tmp_path, lifecycle=NEW_YORK)


def steps_at(world: World, name: str) -> list[tuple[Any, ...]]:
    """State entered, business day and time of every step on the platform."""
    return world.rows(
        "select to_state, transition_on, transition_timestamp from silver.user_state_transitions"
        " where user_id = %s and scope = 'platform' order by transition_on, seq",
        uid(name),
    )


@pytest.mark.parametrize(
    ("qualified", "lapsed_on", "midnight"),
    [
        # New York goes from UTC-5 to UTC-4 at 02:00 of March 8 …
        ("2026-02-05 23:59:59.999-05", date(2026, 3, 8), "2026-03-08T05:00"),
        ("2026-02-06 00:00:00.000-05", date(2026, 3, 9), "2026-03-09T04:00"),
        # … and back at 02:00 of November 1
        ("2026-10-01 23:59:59.999-04", date(2026, 11, 1), "2026-11-01T04:00"),
        ("2026-10-02 00:00:00.000-04", date(2026, 11, 2), "2026-11-02T05:00"),
    ],
)
def test_lapses_at_the_midnight_of_the_zone(
    new_york: World, qualified: str, lapsed_on: date, midnight: str
) -> None:
    new_york.user("ada", qualified)
    new_york.event("ada", qualified)
    new_york.deliver()
    new_york.publish(lapsed_on)

    # 30 days later the user is active, on the 31st dormant
    assert steps_at(new_york, "ada")[-1] == ("dormant", lapsed_on, utc(midnight))
    assert [day[:2] for day in new_york.days("ada")[-2:]] == [
        (date.fromordinal(lapsed_on.toordinal() - 1), "active"),
        (lapsed_on, "dormant"),
    ]


@pytest.mark.parametrize(
    ("day", "first", "last", "next_first"),
    [
        (  # 23 hours
            date(2026, 3, 8),
            "2026-03-08 00:00-05",
            "2026-03-08 23:59:59.999-04",
            "2026-03-09 00:00-04",
        ),
        (  # 25 hours
            date(2026, 11, 1),
            "2026-11-01 00:00-04",
            "2026-11-01 23:59:59.999-05",
            "2026-11-02 00:00-05",
        ),
    ],
)
def test_counts_from_midnight_to_midnight(
    new_york: World, day: date, first: str, last: str, next_first: str
) -> None:
    next_day = date.fromordinal(day.toordinal() + 1)
    new_york.user("ada", first)
    for at in (first, last, next_first):
        new_york.event("ada", at)
    new_york.deliver()
    new_york.publish(next_day)

    assert new_york.rows(
        "select date, qualifying_events_count from silver.user_state_history order by date"
    ) == [(day, 2), (next_day, 1)]


def test_counts_the_hour_that_comes_twice_to_one_day(new_york: World) -> None:
    new_york.user("ada", "2026-10-30 12:00-04")
    new_york.event("ada", "2026-11-01 01:30-04")
    new_york.event("ada", "2026-11-01 01:30-05")
    new_york.deliver()
    new_york.publish("2026-11-02")

    assert new_york.rows(
        "select date, qualifying_events_count from silver.user_state_history"
        " where qualifying_events_count > 0"
    ) == [(date(2026, 11, 1), 2)]
    assert steps_at(new_york, "ada")[-1] == (
        "active",
        date(2026, 11, 1),
        utc("2026-11-01T05:30"),  # the earlier of the two
    )


def test_a_signup_on_the_last_day_of_utc_is_of_the_day_before_in_new_york(new_york: World) -> None:
    new_york.user("ada", "2026-01-01 04:59:59+00")
    new_york.user("bob", "2026-01-01 05:00:00+00")
    new_york.deliver()
    new_york.publish("2026-01-02")

    assert new_york.days("ada")[0][0] == date(2025, 12, 31)
    assert new_york.days("bob")[0][0] == date(2026, 1, 1)


@pytest.mark.parametrize(
    ("qualified", "last_active", "first_dormant"),
    [
        ("2028-01-30 12:00+00", date(2028, 2, 29), date(2028, 3, 1)),
        ("2028-01-31 12:00+00", date(2028, 3, 1), date(2028, 3, 2)),
        # no leap year: a day later in the calendar
        ("2027-01-30 12:00+00", date(2027, 3, 1), date(2027, 3, 2)),
        ("2028-02-29 12:00+00", date(2028, 3, 30), date(2028, 3, 31)),
    ],
)
def test_a_leap_day_is_a_day(
    warehouse: Warehouse,
    tmp_path: Path,
    qualified: str,
    last_active: date,
    first_dormant: date,
) -> None:
    world = World(warehouse, tmp_path)
    world.user("ada", qualified)
    world.event("ada", qualified)
    world.deliver()
    world.publish(first_dormant)

    assert [day[:2] for day in world.days("ada")[-2:]] == [
        (last_active, "active"),
        (first_dormant, "dormant"),
    ]
    counted = world.rows("select count(distinct date) from gold.user_state_counts")
    assert counted == [((first_dormant - date.fromisoformat(qualified[:10])).days + 1,)]


def test_days_in_previous_state_are_business_days(new_york: World) -> None:
    new_york.user("ada", "2026-03-01 23:30-05")  # March 2 in UTC
    new_york.event("ada", "2026-03-08 23:30-04")  # March 9 in UTC
    new_york.deliver()
    new_york.publish("2026-03-08")
    new_york.publish("2026-04-08")

    assert new_york.rows(
        "select to_state, days_in_previous_state from silver.user_state_transitions"
        " where scope = 'platform' order by transition_on, seq"
    ) == [("new", None), ("active", 7), ("dormant", 31)]


def test_history_begins_with_the_time_of_computers(new_york: World) -> None:
    """What some sources send for a time that they do not know; in New York it is the day before."""
    new_york.user("ada", "1970-01-01T00:00:00+00")
    new_york.deliver()
    new_york.publish(date(1970, 2, 15))
    # 31 days new, then never activated; 47 days in all, each of them counted
    assert [step[:2] for step in steps_at(new_york, "ada")] == [
        ("new", date(1969, 12, 31)),
        ("churned", date(1970, 1, 31)),
    ]
    counts = "select count(*), sum(users) from gold.user_state_counts where users > 0"
    assert new_york.rows(counts) == [(47, 47)]

"""Cases that PostHog publishes in its own tests of lifecycle and retention, with its numbers.

Its *new*, *returning*, *resurrecting* and *dormant* are our new, retained, resurrected and churned.
The people of a case are told apart by a country of their own.
"""

from collections.abc import Callable

import pytest

from metrics.conftest import Company
from monstera.warehouse import Warehouse

DAYS = {
    "p1": ["01-11", "01-12", "01-13", "01-15", "01-17", "01-19"],
    "p2": ["01-09", "01-12"],
    "p3": ["01-12"],
    "p4": ["01-15"],
}
CASES = {
    "days": DAYS,
    "weeks": {
        "p1": ["02-01", "02-05", "02-10", "02-15", "02-27", "03-02"],
        "p2": ["02-11", "02-18"],
        "p3": ["02-12"],
        "p4": ["02-27"],
    },
    "months": {
        "p1": ["01-11", "02-12", "03-13", "05-15", "07-17", "09-19"],
        "p2": ["2019-12-09", "02-12"],
        "p3": ["02-12"],
        "p4": ["05-15"],
    },
    "cohort of a week": {
        "p1": ["06-10", "06-11", "06-17", "06-24", "07-04", "07-11"],
        "p2": ["06-10", "06-11", "06-17", "07-04", "07-11", "07-25"],
    },
    "cohort of a month": {
        "p1": ["01-10", "02-10", "03-10", "05-10", "06-10", "09-10"],
        "p2": ["01-10", "02-10", "03-10", "06-10", "07-10", "11-10"],
    },
}
MADE = Callable[[str, dict[str, dict[str, list[str]]]], Company]


@pytest.fixture(scope="module")
def made(new_warehouse: Callable[[], Warehouse], tmp_path_factory: pytest.TempPathFactory) -> MADE:
    """Makes a world in a time zone of what people did at noon, UTC, or when it says."""

    def make(zone: str, cases: dict[str, dict[str, list[str]]]) -> Company:
        world = Company(
            new_warehouse(), tmp_path_factory.mktemp("world"), files="users_[ac]*",
            lifecycle=f"business_time_zone: {zone}\n",
        )  # fmt: skip
        for case, people in cases.items():
            for name, moments in people.items():
                times = [at if at > "2" else f"2020-{at}" for at in moments]
                times = [at if "T" in at else f"{at}T12:00Z" for at in times]
                world.person(f"{name} of {case}", times[0], case)
                for at in times:
                    world.event(f"{name} of {case}", at)
        world.deliver()
        world.rebuild("2020-11-30")
        return world

    return make


@pytest.fixture(scope="module")
def utc(made: MADE) -> Company:
    """All cases, in UTC."""
    return made("UTC", CASES)


def growth(world: Company, case: str, period: str, dates: list[str]) -> list[list[object]]:
    """New, retained, resurrected and churned users of a case."""
    return [
        [
            world.value(f"users_growth_{status}_{period}", f"2020-{day}", "country", case) or 0
            for day in dates
        ]
        for status in ("new", "retained", "resurrected", "churned")
    ]


def test_lifecycle_by_day(utc: Company) -> None:
    assert growth(utc, "days", "daily", [f"01-{day}" for day in range(12, 20)]) == [
        [1, 0, 0, 1, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0, 0, 0],
        [1, 0, 0, 1, 0, 1, 0, 1],
        [0, 2, 1, 0, 2, 0, 1, 0],
    ]


def test_lifecycle_by_week_from_monday(utc: Company) -> None:
    mondays = ["02-03", "02-10", "02-17", "02-24", "03-02", "03-09"]
    assert growth(utc, "weeks", "weekly", mondays) == [
        [0, 2, 0, 1, 0, 0],
        [1, 1, 1, 0, 1, 0],
        [0, 0, 0, 1, 0, 0],
        [0, 0, 2, 1, 1, 1],
    ]


def test_lifecycle_by_month(utc: Company) -> None:
    months = [f"{month:02}-01" for month in range(2, 10)]
    assert growth(utc, "months", "monthly", months) == [
        [1, 0, 0, 1, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0, 0, 0],
        [1, 0, 0, 1, 0, 1, 0, 1],
        [0, 2, 1, 0, 2, 0, 1, 0],
    ]


def test_lifecycle_in_another_time_zone(made: MADE) -> None:
    """One in the morning of the 12th is the 11th by the Pacific."""
    early = {**DAYS, "p1": ["01-11T23:00Z", "01-12T01:00Z", *DAYS["p1"][2:]]}
    world = made("America/Los_Angeles", {"days": early})
    assert growth(world, "days", "daily", [f"01-{day}" for day in range(12, 20)]) == [
        [1, 0, 0, 1, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
        [1, 1, 0, 1, 0, 1, 0, 1],
        [1, 2, 1, 0, 2, 0, 1, 0],
    ]


def test_retention_of_a_week(utc: Company) -> None:
    """Of both [2, 2, 1, 2, 2, 0, 1] in week 0 and the weeks after it."""
    for week, share in {1: 1, 2: 0.5, 4: 1, 8: 0}.items():
        metric = f"users_retained_weekly_in_week_{week}"
        assert utc.value(metric, "2020-06-08", "country", "cohort of a week") == share
    # on the day or in any later week, which is not the same: nobody in week 5, one in week 6
    unbounded = "users_retained_weekly_from_week_4"
    assert utc.value(unbounded, "2020-06-08", "country", "cohort of a week") == 1


def test_retention_of_a_month(utc: Company) -> None:
    """Of both [2, 2, 2, 0, 1, 2, 1, 0, 1, 0, 1] in month 0 and those after it."""
    found = {
        kind: [
            utc.value(f"users_retained_monthly_{kind}_month_{month}", "2020-01-01", *of)
            for month in (1, 2, 3, 6)
        ]
        for kind in ("in", "from")
        for of in [("country", "cohort of a month")]
    }
    assert found == {"in": [1, 1, 0, 0.5], "from": [1, 1, 1, 1]}  # p1 in month 8, p2 in month 10

"""Edges between states that the other worked cases do not walk, each with its days counted.

Nobody uses anything, and accounts without seats have no utilization: the contract alone decides. A
rise or cut counts against 30 days before, so its state lasts 30 days. A lapse of 60 days from
February 10 ends on April 11, from March 10 on May 9.
"""

from collections.abc import Callable
from itertools import pairwise

import pytest

from lifecycle.world import World, uid
from monstera.warehouse import Warehouse

TERMS = {"tier": "professional", "seats": 0, "mrr": 100}
START = ("01-01", "subscription_started", TERMS)
STORIES: dict[str, tuple[list, list[tuple[str, str]]]] = {
    "new_paid → expanding → contracting → expanding": (
        # 120 after 100; then 90 after 100; on March 12, 30 days later, 95 after 90
        [START, ("02-01", "subscription_changed", {"mrr": 120}),
         ("02-10", "subscription_changed", {"mrr": 90}),
         ("03-12", "subscription_changed", {"mrr": 95})],
        [("01-01", "new_paid"), ("02-01", "expanding"), ("02-10", "contracting"),
         ("03-12", "expanding"), ("04-11", "active")],
    ),
    "expanding → at_risk": (
        [START, ("02-01", "subscription_changed", {"mrr": 120}),
         ("02-10", "subscription_canceled", {})],
        [("01-01", "new_paid"), ("02-01", "expanding"), ("02-10", "at_risk"),
         ("04-12", "churned")],
    ),
    "contracting → at_risk": (
        [START, ("02-01", "subscription_changed", {"mrr": 80}),
         ("02-10", "subscription_canceled", {})],
        # no edge leads from new_paid to contracting: the log goes through active, the days do not
        [("01-01", "new_paid"), ("02-01", "contracting"), ("02-10", "at_risk"),
         ("04-12", "churned")],
    ),
    "contracting → frozen": (
        [START, ("02-01", "subscription_changed", {"mrr": 80}),
         ("02-10", "account_paused", {"pause_type": "seasonal"})],
        [("01-01", "new_paid"), ("02-01", "contracting"), ("02-10", "frozen")],
    ),
    "active → frozen": (
        # 90 days after January 1 is April 1, the last day of new_paid
        [START, ("04-10", "payment_failed", {})],
        [("01-01", "new_paid"), ("04-02", "active"), ("04-10", "frozen")],
    ),
    "reactivated → frozen": (
        # the trial of 30 days ends on January 31
        [("03-01", "subscription_started", TERMS),
         ("03-10", "account_paused", {"pause_type": "voluntary"})],
        [("01-01", "trial"), ("02-01", "churned"), ("03-01", "reactivated"), ("03-10", "frozen")],
    ),
    "reactivated → at_risk": (
        [("03-01", "subscription_started", TERMS), ("03-10", "subscription_canceled", {})],
        [("01-01", "trial"), ("02-01", "churned"), ("03-01", "reactivated"), ("03-10", "at_risk"),
         ("05-10", "churned")],
    ),
    "trial → deleted": (
        [("01-10", "account_deleted", {})], [("01-01", "trial"), ("01-10", "deleted")],
    ),
    "new_paid → deleted": (
        [START, ("01-10", "account_deleted", {})], [("01-01", "new_paid"), ("01-10", "deleted")],
    ),
    "active → deleted": (
        [START, ("04-10", "account_deleted", {})],
        [("01-01", "new_paid"), ("04-02", "active"), ("04-10", "deleted")],
    ),
    "expanding → deleted": (
        [START, ("02-01", "subscription_changed", {"mrr": 120}), ("02-10", "account_deleted", {})],
        [("01-01", "new_paid"), ("02-01", "expanding"), ("02-10", "deleted")],
    ),
    "contracting → deleted": (
        [START, ("02-01", "subscription_changed", {"mrr": 80}), ("02-10", "account_deleted", {})],
        [("01-01", "new_paid"), ("02-01", "contracting"), ("02-10", "deleted")],
    ),
    "at_risk → deleted": (
        [START, ("02-01", "subscription_canceled", {}), ("02-10", "account_deleted", {})],
        [("01-01", "new_paid"), ("02-01", "at_risk"), ("02-10", "deleted")],
    ),
    "churned → deleted": (
        [("02-10", "account_deleted", {})],
        [("01-01", "trial"), ("02-01", "churned"), ("02-10", "deleted")],
    ),
    "reactivated → deleted": (
        [("03-01", "subscription_started", TERMS), ("03-10", "account_deleted", {})],
        [("01-01", "trial"), ("02-01", "churned"), ("03-01", "reactivated"), ("03-10", "deleted")],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def world(
    new_warehouse: Callable[[], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> World:
    """All of them, rebuilt as of the end of June."""
    world = World(new_warehouse(), tmp_path_factory.mktemp("definitions"))
    for name, (happenings, _) in STORIES.items():
        world.account(name, "2026-01-01 09:00+00")
        for day, kind, terms in happenings:
            world.event(name, f"2026-{day} 10:00+00", kind, entity_type="account", **terms)
    world.deliver()
    world.rebuild("2026-06-30")
    return world


@pytest.mark.parametrize("name", STORIES)
def test_each_state_lasts_its_days(world: World, name: str) -> None:
    days = world.rows(
        "select to_char(date, 'MM-DD'), state from silver.account_state_history"
        " where account_id = %s order by date",
        uid(name),
    )
    changes = [
        day
        for before, day in zip([None, *days], days, strict=False)
        if before is None or before[1] != day[1]
    ]
    assert changes == STORIES[name][1]


@pytest.mark.parametrize("name", STORIES)
def test_the_log_walks_the_edge(world: World, name: str) -> None:
    steps = world.rows(
        "select from_state, to_state from silver.account_state_transitions where account_id = %s"
        " order by transition_on, seq",
        uid(name),
    )
    states = name.split(" → ")
    for edge in pairwise(states):
        assert edge in steps

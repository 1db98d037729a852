"""Payment problems of users and of their accounts, also those that become known late."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from lifecycle.world import World, uid
from monstera.warehouse import Warehouse


@pytest.fixture
def world(warehouse: Warehouse, tmp_path: Path) -> World:
    """Ada belongs to acme, and was active on January 5 (so through February 4)."""
    world = World(warehouse, tmp_path)
    world.user("ada", "2026-01-01 09:00+00", account="acme")
    world.event("ada", "2026-01-05 10:00+00", "used")
    return world


def dunning(world: World, name: str) -> list[tuple[int, str]]:
    """Day of January and kind, for every day of dunning."""
    return [(day.day, kind) for day, _, _, is_dunning, kind in world.days(name) if is_dunning]


def soft(*days: int) -> list[tuple[int, str]]:
    return [(day, "soft") for day in days]


def steps(world: World, name: str) -> list[tuple[Any, ...]]:
    """Steps after the activation: to, at, by which event."""
    return world.rows(
        "select to_state, transition_timestamp, triggering_event_id"
        " from silver.user_state_transitions where user_id = %s and scope = 'platform'"
        " and transition_on > '2026-01-05' order by transition_on, seq",
        uid(name),
    )


def january(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 1, day, hour, tzinfo=UTC)


def test_an_account_s_problem_is_that_of_everybody_in_it(world: World) -> None:
    world.user("bob", "2026-01-02 09:00+00", account="acme")
    world.user("cid", "2026-01-02 09:00+00", account="other")
    world.event(
        "acme", "2026-01-12 08:00+00", "payment_failed", event_id="failed", entity_type="account"
    )
    world.event(
        "acme", "2026-01-15 08:00+00", "payment_recovered", event_id="paid", entity_type="account"
    )
    world.deliver()
    world.publish("2026-01-20")

    assert dunning(world, "ada") == dunning(world, "bob") == soft(12, 13, 14)
    assert dunning(world, "cid") == []
    assert steps(world, "ada") == [
        ("dunning", january(12, 8), uid("failed")),
        ("active", january(15, 8), uid("paid")),
    ]
    assert [day[1] for day in world.days("bob")][-1] == "new"  # a modifier on all but active


def test_who_leaves_the_account_leaves_its_problem_behind(world: World) -> None:
    world.moves("ada", "2026-01-15 10:00+00", "other")
    world.event(
        "acme", "2026-01-12 08:00+00", "payment_failed", event_id="failed", entity_type="account"
    )
    world.deliver()
    world.publish("2026-01-20")

    assert dunning(world, "ada") == soft(12, 13, 14)
    # no event of the day ended it
    assert steps(world, "ada") == [
        ("dunning", january(12, 8), uid("failed")),
        ("active", january(15), None),
    ]


def test_who_joins_an_account_joins_its_problem(world: World) -> None:
    world.moves("ada", "2026-01-15 10:00+00", "broke")
    world.event("broke", "2026-01-12 08:00+00", "payment_failed", entity_type="account")
    world.event(
        "broke", "2026-01-18 08:00+00", "payment_recovered", event_id="paid", entity_type="account"
    )
    world.deliver()
    world.publish("2026-01-20")

    assert dunning(world, "ada") == soft(15, 16, 17)
    assert steps(world, "ada") == [
        ("dunning", january(15), None),
        ("active", january(18, 8), uid("paid")),
    ]


def test_moving_from_problem_to_problem(world: World) -> None:
    world.moves("ada", "2026-01-15 10:00+00", "broke")
    world.event("acme", "2026-01-12 08:00+00", "payment_failed", entity_type="account")
    for day in (8, 10):
        world.event("broke", f"2026-01-{day:02} 08:00+00", "payment_failed", entity_type="account")
    world.deliver()
    world.publish("2026-01-17")

    # broke failed twice from January 8 on: grace through the 15th, then hard
    assert dunning(world, "ada") == [*soft(12, 13, 14), (15, "grace"), (16, "hard"), (17, "hard")]
    assert [step[0] for step in steps(world, "ada")] == ["dunning"]


def test_a_deletion_ends_the_problem_and_a_restore_does_not_bring_it_back(world: World) -> None:
    world.event("ada", "2026-01-12 08:00+00", "payment_failed")
    world.event("ada", "2026-01-14 08:00+00", "user_deleted")
    world.event("ada", "2026-01-16 08:00+00", "user_restored")
    world.event("ada", "2026-01-17 08:00+00", "used")
    world.deliver()
    for day in (13, 14, 16, 20):
        world.publish(date(2026, 1, day))

    assert dunning(world, "ada") == soft(12, 13)
    assert [day[1] for day in world.days("ada")[-4:]] == ["active"] * 4


@pytest.mark.parametrize("payer", ["ada", "acme"])
def test_a_late_recovery_restates_the_days_since(world: World, payer: str) -> None:
    kind = "account" if payer == "acme" else "user"
    world.event(payer, "2026-01-12 08:00+00", "payment_failed", entity_type=kind)
    world.deliver()
    world.publish("2026-01-16")
    assert dunning(world, "ada") == soft(12, 13, 14, 15, 16)

    world.event(payer, "2026-01-14 08:00+00", "payment_recovered", entity_type=kind)
    world.deliver()
    world.publish("2026-01-17")

    assert dunning(world, "ada") == soft(12, 13)
    assert restated(world) == [
        (date(2026, 1, day), segment, old, new, "late_data")
        for day in (14, 15, 16)
        for segment, old, new in (("platform, active", 0, 1), ("platform, dunning", 1, 0))
    ]


def test_a_late_failure_restates_the_days_since(world: World) -> None:
    world.deliver()
    world.publish("2026-01-16")
    world.event("ada", "2026-01-15 08:00+00", "payment_failed")
    world.deliver()
    world.publish("2026-01-16")

    assert dunning(world, "ada") == soft(15, 16)
    assert restated(world) == [
        (date(2026, 1, day), segment, old, new, "late_data")
        for day in (15, 16)
        for segment, old, new in (("platform, active", 1, 0), ("platform, dunning", 0, 1))
    ]


def test_a_move_that_is_known_late_restates_the_days_since(world: World) -> None:
    world.event("acme", "2026-01-12 08:00+00", "payment_failed", entity_type="account")
    world.deliver()
    world.publish("2026-01-16")
    world.moves("ada", "2026-01-15 10:00+00", "other")
    world.deliver()
    world.publish("2026-01-16")
    by_days = world.fingerprint()
    world.rebuild("2026-01-16")

    assert dunning(world, "ada") == soft(12, 13, 14)
    assert restated(world) == [
        (date(2026, 1, day), segment, old, new, "late_data")
        for day in (15, 16)
        for segment, old, new in (("platform, active", 0, 1), ("platform, dunning", 1, 0))
    ]
    assert by_days == world.fingerprint()


def restated(world: World) -> list[tuple[Any, ...]]:
    return world.rows(
        "select date, segment_value, old_value::int, new_value::int, cause"
        " from ops.metric_restatements where metric_id = 'users_by_state'"
        " order by date, segment_value"
    )


def subscribe(world: World, **terms: Any) -> None:
    """Acme, with a subscription from January 2 on whose payment failed on January 5."""
    world.account("acme", "2026-01-01 09:00+00")
    for at, event_type, metadata in (
        ("2026-01-02 09:00+00", "subscription_started", {"mrr": 5, **terms}),
        ("2026-01-05 08:00+00", "payment_failed", {}),
    ):
        world.event("acme", at, event_type, entity_type="account", **metadata)


def test_a_cancellation_that_is_withdrawn_ends_no_problem(world: World) -> None:
    subscribe(world)
    world.event(
        "acme", "2026-01-06 08:00+00", "subscription_canceled", entity_type="account",
        effective_on="2026-01-12",
    )  # fmt: skip
    world.deliver()
    world.publish("2026-01-07")
    world.event("acme", "2026-01-10 08:00+00", "subscription_renewed", entity_type="account")
    world.deliver()
    world.publish("2026-01-14")

    assert [day for day, _ in dunning(world, "ada")] == list(range(5, 15))


def test_a_subscription_that_is_not_renewed_ends_the_problem(world: World) -> None:
    subscribe(world, auto_renew=False, renewal_on="2026-01-10")
    world.deliver()
    world.publish("2026-01-07")
    world.publish("2026-01-14")

    assert dunning(world, "ada") == soft(5, 6, 7, 8, 9)


def test_an_end_that_the_feed_says_ends_the_problem(world: World) -> None:
    world.account("acme", "2026-01-01 09:00+00", monthly_recurring_revenue=5)
    world.event("acme", "2026-01-05 08:00+00", "payment_failed", entity_type="account")
    world.deliver()
    world.publish("2026-01-07")
    world.account(
        "acme", "2026-01-01 09:00+00", at="2026-01-10 09:00+00", monthly_recurring_revenue=0
    )
    world.deliver()
    world.publish("2026-01-14")

    assert dunning(world, "ada") == soft(5, 6, 7, 8, 9)

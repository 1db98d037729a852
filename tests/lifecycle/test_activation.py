"""A product is activated once all events of one path have happened within its days."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from lifecycle.world import World, uid, utc
from monstera.warehouse import Warehouse

TWO_PATHS = """activation_definition:
- {events: [used, configured], timeframe_days: 7}
- {events: [checked_in], timeframe_days: 3}
"""


@pytest.fixture
def world(warehouse: Warehouse, tmp_path: Path) -> World:
    world = World(warehouse, tmp_path, {"editor": TWO_PATHS, "workspace": ""})
    world.user("ada", "2026-01-01 09:00+00")
    return world


def activated_at(world: World, name: str = "ada", product: str = "editor") -> datetime | None:
    ((at,),) = world.rows(
        "select activation_date from silver.product_user_states"
        " where user_id = %s and product_id = %s",
        uid(name), product,
    )  # fmt: skip
    return at


def test_takes_every_event_of_a_path(world: World) -> None:
    world.event("ada", "2026-01-05 10:00+00", "used", "editor")
    world.deliver()
    world.publish("2026-01-05")
    assert activated_at(world) is None

    world.event("ada", "2026-01-06 11:00+00", "used", "editor")
    world.event("ada", "2026-01-07 12:00+00", "configured", "editor")
    world.event("ada", "2026-01-08 13:00+00", "configured", "editor")
    world.deliver()
    world.publish("2026-01-08")
    assert activated_at(world) == utc("2026-01-07T12:00")


def test_the_path_that_is_complete_first_activates(world: World) -> None:
    world.user("bob", "2026-01-01 09:00+00")
    for name in ("ada", "bob"):
        world.event(name, "2026-01-05 10:00+00", "used", "editor")
        world.event(name, "2026-01-07 12:00+00", "configured", "editor")
    world.event("ada", "2026-01-06 11:00+00", "checked_in", "editor")
    world.event("bob", "2026-01-08 11:00+00", "checked_in", "editor")
    world.deliver()
    world.publish("2026-01-31")

    assert activated_at(world, "ada") == utc("2026-01-06T11:00")
    assert activated_at(world, "bob") == utc("2026-01-07T12:00")


@pytest.mark.parametrize("daily", [True, False])
def test_the_last_day_of_a_timeframe_counts(world: World, daily: bool) -> None:
    world.user("bob", "2026-01-01 09:00+00")
    for name in ("ada", "bob"):
        world.event(name, "2026-01-05 10:00+00", "used", "editor")
    # 7 days after first access, at its last moment; and the moment after
    world.event("ada", "2026-01-12 23:59:59.999+00", "configured", "editor")
    world.event("bob", "2026-01-13 00:00+00", "configured", "editor")
    world.deliver()
    for day in range(5, 15) if daily else [14]:
        world.publish(date(2026, 1, day))

    assert activated_at(world, "ada") == datetime(2026, 1, 12, 23, 59, 59, 999000, UTC)
    assert activated_at(world, "bob") is None


def test_first_access_by_any_event_starts_the_timeframe(world: World) -> None:
    world.event("ada", "2026-01-02 10:00+00", "viewed", "editor")
    world.event("ada", "2026-01-05 10:00+00", "used", "editor")
    world.event("ada", "2026-01-10 10:00+00", "configured", "editor")  # the 8th day
    world.deliver()
    world.publish("2026-01-31")

    assert activated_at(world) is None


def test_a_restore_starts_anew(world: World) -> None:
    world.event("ada", "2026-01-05 10:00+00", "used", "editor")
    world.event("ada", "2026-01-06 10:00+00", "configured", "editor")
    world.event("ada", "2026-01-10 10:00+00", "user_deleted")
    world.event("ada", "2026-01-12 10:00+00", "user_restored")
    world.event("ada", "2026-01-13 10:00+00", "used", "editor")
    world.deliver()
    for day in (6, 10, 12, 13):
        world.publish(date(2026, 1, day))
    assert activated_at(world) is None

    world.event("ada", "2026-01-14 10:00+00", "configured", "editor")
    world.deliver()
    world.publish("2026-01-14")
    assert activated_at(world) == utc("2026-01-14T10:00")


def test_a_late_event_brings_the_activation_forward(world: World) -> None:
    world.event("ada", "2026-01-05 10:00+00", "used", "editor")
    world.event("ada", "2026-01-09 10:00+00", "configured", "editor")
    world.deliver()
    world.publish("2026-01-31")
    assert activated_at(world) == utc("2026-01-09T10:00")

    world.event("ada", "2026-01-07 10:00+00", "configured", "editor")
    world.deliver()
    world.publish("2026-02-01")
    assert activated_at(world) == utc("2026-01-07T10:00")


def test_a_late_first_access_can_take_it_back(world: World) -> None:
    world.event("ada", "2026-01-05 10:00+00", "used", "editor")
    world.event("ada", "2026-01-12 10:00+00", "configured", "editor")
    world.deliver()
    world.publish("2026-01-31")
    assert activated_at(world) == utc("2026-01-12T10:00")

    world.event("ada", "2026-01-04 10:00+00", "viewed", "editor")
    world.deliver()
    world.publish("2026-02-01")
    assert activated_at(world) is None


def test_a_day_without_activity_in_the_product_can_complete_a_path(world: World) -> None:
    world.event("ada", "2026-01-05 10:00+00", "viewed", "editor")
    world.event("ada", "2026-01-07 12:00+00", "checked_in")  # of no product
    world.deliver()
    for offset in range(10):
        world.publish(date(2026, 1, 4) + timedelta(days=offset))
    in_daily_runs = activated_at(world)
    world.rebuild("2026-01-13")

    assert in_daily_runs == activated_at(world) == utc("2026-01-07T12:00")


def test_days_equal_a_rebuild(world: World) -> None:
    world.user("bob", "2026-01-03 09:00+00")
    for name, day, event_type, product in (
        ("ada", 5, "used", "editor"), ("ada", 5, "used", "workspace"),
        ("ada", 8, "configured", "editor"), ("ada", 9, "user_deleted", None),
        ("ada", 11, "user_restored", None), ("ada", 12, "checked_in", "editor"),
        ("bob", 4, "checked_in", "editor"), ("bob", 6, "used", "editor"),
        ("bob", 13, "configured", None),
    ):  # fmt: skip
        world.event(name, f"2026-01-{day:02} 10:00+00", event_type, product)
    world.deliver()
    for day in range(3, 20):
        world.publish(date(2026, 1, day))
    in_daily_runs = world.fingerprint()
    world.rebuild("2026-01-19")

    assert in_daily_runs == world.fingerprint()
    assert activated_at(world, "ada") == utc("2026-01-12T10:00")
    assert activated_at(world, "bob") == utc("2026-01-04T10:00")

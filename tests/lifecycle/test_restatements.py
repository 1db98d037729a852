"""What was published and is corrected later is written down: old, new, why."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lifecycle.world import World
from monstera.publishing import published_as_of
from monstera.warehouse import Warehouse

SHORTER = "business_time_zone: UTC\nactive_days: 3\n"


@pytest.fixture
def world(warehouse: Warehouse, tmp_path: Path) -> World:
    """Ada and bob signed up on January 1; bob was active on January 5 in the editor."""
    world = World(warehouse, tmp_path)
    world.user("ada", "2026-01-01 09:00+00")
    world.user("bob", "2026-01-01 09:00+00")
    world.event("bob", "2026-01-05 10:00+00", "used", "editor")
    world.deliver()
    for day in range(1, 11):
        world.publish(date(2026, 1, day))
    assert restated(world) == []
    return world


def restated(world: World) -> list[tuple[Any, ...]]:
    """Day of January, scope and state, old and new count, cause and definitions."""
    rows = world.rows(
        "select date, segment_value, old_value::int, new_value::int, cause, definition_version"
        " from ops.metric_restatements where metric_id = 'users_by_state'"
        " order by date, segment_value"
    )
    return [(day.day, *row) for day, *row in rows]


def counts(world: World, scope: str, state: str) -> dict[int, int]:
    return {
        day.day: users
        for day, users in world.rows(
            "select date, users from gold.user_state_counts where scope = %s and state = %s",
            scope, state,
        )
    }  # fmt: skip


def test_a_late_event_restates_the_days_since(world: World) -> None:
    world.event("ada", "2026-01-08 10:00+00", "used", "editor")
    world.deliver()
    publication = world.publish("2026-01-11")

    # ada leaves new for active on the platform, and enters the editor
    assert restated(world) == [
        (day, segment, old, new, "late_data", 1)
        for day in (8, 9, 10)
        for segment, old, new in (
            ("editor, active", 1, 2), ("platform, active", 1, 2), ("platform, new", 1, 0),
        )
    ]  # fmt: skip
    assert publication.gear == "day"
    assert publication.users_touched == 1
    assert publication.values_restated == 9
    # the restated counts, and the day that was published for the first time, which is no correction
    assert counts(world, "platform", "active") == {5: 1, 6: 1, 7: 1, 8: 2, 9: 2, 10: 2, 11: 2}
    assert counts(world, "platform", "new") == {1: 2, 2: 2, 3: 2, 4: 2, 5: 1, 6: 1, 7: 1}


def test_a_late_event_that_changes_no_state_restates_nothing(world: World) -> None:
    world.event("bob", "2026-01-07 10:00+00", "used", "editor")
    world.deliver()
    world.publish("2026-01-10")

    assert restated(world) == []


def test_a_late_signup_restates_the_days_since(world: World) -> None:
    world.user("cid", "2026-01-09 09:00+00")
    world.deliver()
    world.publish("2026-01-11")

    assert restated(world) == [(day, "platform, new", 1, 2, "late_data", 1) for day in (9, 10)]


def test_running_again_restates_nothing(world: World) -> None:
    before = world.fingerprint()

    again = world.publish("2026-01-10")
    assert (again.users_touched, again.transitions_written, again.values_restated) == (0, 0, 0)
    rebuilt = world.rebuild("2026-01-10")
    assert (rebuilt.gear, rebuilt.values_restated) == ("rebuild", 0)

    assert restated(world) == []
    assert world.fingerprint() == before


def test_after_an_upgrade_the_next_day_is_a_rebuild(world: World) -> None:
    with world.warehouse.connect() as connection:
        connection.execute(
            "insert into public.monstera_migrations (name, checksum) values ('9999_new.sql', '')"
        )
    first, second = world.publish("2026-01-11"), world.publish("2026-01-12")

    assert [(p.gear, str(p.as_of)) for p in (first, second)] == [
        ("rebuild", "2026-01-11"),
        ("day", "2026-01-12"),
    ]


def test_other_definitions_restate_with_their_version(world: World) -> None:
    world.define({"editor": "", "workspace": ""}, SHORTER)
    publication = world.publish("2026-01-11")

    # bob is active through January 8 now, and dormant afterwards; products take the platform's days
    assert restated(world) == [
        (day, segment, old, new, "definition_version", 2)
        for day in (9, 10)
        for segment, old, new in (
            ("editor, active", 1, 0), ("editor, dormant", 0, 1),
            ("platform, active", 1, 0), ("platform, dormant", 0, 1),
        )
    ]  # fmt: skip
    assert (publication.gear, publication.definition_version) == ("rebuild", 2)
    assert publication.as_of == date(2026, 1, 11)


def test_late_events_after_other_definitions_are_late_data_again(world: World) -> None:
    world.define({"editor": "", "workspace": ""}, SHORTER)
    world.publish("2026-01-10")
    world.event("bob", "2026-01-07 10:00+00", "used", "editor")
    world.deliver()
    publication = world.publish("2026-01-10")

    assert publication.gear == "day"
    # active through January 10 after all
    assert [row for row in restated(world) if row[4] == "late_data"] == [
        (day, segment, old, new, "late_data", 2)
        for day in (9, 10)
        for segment, old, new in (
            ("editor, active", 0, 1), ("editor, dormant", 1, 0),
            ("platform, active", 0, 1), ("platform, dormant", 1, 0),
        )
    ]  # fmt: skip


def test_an_earlier_date_does_not_take_back_what_is_published(world: World) -> None:
    before = world.fingerprint()

    publication = world.publish("2026-01-04")

    assert publication.as_of == date(2026, 1, 10)
    assert published_as_of(world.warehouse) == date(2026, 1, 10)
    assert world.fingerprint() == before


def test_an_earlier_date_still_counts_what_is_new(world: World) -> None:
    world.event("ada", "2026-01-10 10:00+00", "used")
    world.deliver()
    publication = world.publish("2026-01-04")

    assert publication.as_of == date(2026, 1, 10)
    assert [row[:4] for row in restated(world)] == [
        (10, "platform, active", 1, 2),
        (10, "platform, new", 1, 0),
    ]

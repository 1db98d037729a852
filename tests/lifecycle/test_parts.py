"""A part of history, computed again after somebody corrected its events in bronze."""

from datetime import date
from pathlib import Path

import pytest

from lifecycle.world import World, uid
from monstera.publishing import NoSuchPart, Part, Publication, rebuild
from monstera.warehouse import Warehouse

DAY = date(2026, 1, 5)


@pytest.fixture
def world(warehouse: Warehouse, tmp_path: Path) -> World:
    """On January 5 ada and bob were in the editor, cid in the workspace; bob's event is gone."""
    world = World(warehouse, tmp_path)
    for name, product in (("ada", "editor"), ("bob", "editor"), ("cid", "workspace")):
        world.user(name, "2026-01-01 09:00+00")
        world.event(name, "2026-01-05 10:00+00", "used", product)
    world.deliver()
    world.publish(date(2026, 1, 10))
    with world.warehouse.connect() as connection:
        connection.execute("delete from bronze.events where user_id = %s", [uid("bob")])
    return world


def again(world: World, *scopes: str) -> Publication:
    return rebuild(world.warehouse, reason="a bot", part=Part.of(DAY, DAY, scopes))


def test_a_part_is_as_if_everything_were_computed_again(world: World) -> None:
    publication = again(world)

    assert (publication.gear, str(publication.as_of)) == ("day", "2026-01-10")
    assert publication.users_touched == 3
    counts = "select sum(events) from gold.events_daily where date = %s"
    assert world.rows(counts, DAY) == [(2,)]
    assert world.rows("select state from silver.user_states where user_id = %s", uid("bob")) == [
        ("new",)
    ]
    part = world.fingerprint()
    world.rebuild("2026-01-10")
    assert world.fingerprint() == part


def test_whoever_used_other_products_is_not_touched(world: World) -> None:
    state_of_bob = "select state from silver.user_states where user_id = %s and scope = 'platform'"
    assert again(world, "workspace").users_touched == 1  # cid
    assert world.rows(state_of_bob, uid("bob")) == [("active",)]
    assert again(world, "editor").users_touched == 2  # ada and bob
    assert world.rows(state_of_bob, uid("bob")) == [("new",)]


def test_what_is_corrected_is_written_down(world: World) -> None:
    again(world, "editor")
    assert world.rows(
        "select distinct segment_value, old_value::int, new_value::int"
        " from ops.metric_restatements where metric_id = 'users_by_state' and date = %s"
        " order by segment_value",
        DAY,
    ) == [("editor, active", 2, 1), ("platform, active", 3, 2), ("platform, new", 0, 1)]


def test_days_and_scopes_that_cannot_be_are_refused(world: World) -> None:
    with pytest.raises(NoSuchPart, match="cannot end on 2026-01-04, before 2026-01-05"):
        Part(DAY, date(2026, 1, 4))
    with pytest.raises(NoSuchPart, match=r"no scope studio\. Scopes are: editor, platform"):
        again(world, "studio")
    with pytest.raises(NoSuchPart, match="first and its last day"):
        Part.of(DAY, None, [])
    with pytest.raises(NoSuchPart, match="first and its last day"):
        Part.of(None, None, ["editor"])
    assert Part.of(None, None, []) is None

"""The worked cases: days, states and transitions computed by hand elsewhere."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from lifecycle.world import World
from monstera.warehouse import Warehouse

KINDS = {"qualifying event": "used", "non-qualifying event": "viewed"}


@pytest.fixture(params=["one rebuild", "one run a day", "one publish"])
def golden(
    request: pytest.FixtureRequest, shared: Path, warehouse: Warehouse, tmp_path: Path
) -> tuple[World, list[dict[str, Any]]]:
    """All worked cases in one warehouse, each user named after the case."""
    book = json.loads((shared / "golden" / "user_lifecycle.json").read_text())
    products = {"editor": "", "workspace": ""}
    for name, thresholds in book["thresholds"].items():
        if name != "default":
            products[name] = f"state_time_thresholds: {json.dumps(thresholds)}"
    world = World(warehouse, tmp_path, products)
    for case in book["cases"]:
        world.user(case["name"], case["signup"])
    world.deliver()
    happenings = sorted(
        (
            (event["timestamp"], case["name"], event)
            for case in book["cases"]
            for event in case["events"]
        ),
        key=lambda happening: happening[:2],
    )
    last = max(date.fromisoformat(case["as_of"]) for case in book["cases"])
    if request.param == "one run a day":
        day = date(2026, 1, 1)
        while day <= last:
            while happenings and happenings[0][0][:10] <= day.isoformat():
                _, name, event = happenings.pop(0)
                _say(world, name, event)
            if world.events:
                world.deliver()
            # the calendar of the cases has a long empty stretch
            world.publish(day)
            day += timedelta(days=1 if day < date(2026, 8, 1) or day > date(2027, 12, 1) else 40)
    else:
        for _, name, event in happenings:
            _say(world, name, event)
        world.deliver()
        if request.param == "one rebuild":
            world.rebuild(last)
        else:
            world.publish(date(2025, 12, 31))
            world.publish(last)
    return world, book["cases"]


def _say(world: World, name: str, event: dict[str, Any]) -> None:
    kind = event["kind"]
    more = {key: event[key] for key in ("dunning_type", "effective_on") if key in event}
    world.event(
        name, event["timestamp"], KINDS.get(kind, kind), event.get("product_id"),
        f"{name}/{event['event_id']}", **more,
    )  # fmt: skip


def test_every_worked_case_holds(golden: tuple[World, list[dict[str, Any]]]) -> None:
    world, cases = golden
    for case in cases:
        name, as_of = case["name"], date.fromisoformat(case["as_of"])
        days = [day for day in world.days(name) if day[0] <= as_of]
        changes = [
            (day[0].isoformat(), *day[1:])
            for before, day in zip([None, *days], days, strict=False)
            if before is None or before[1:] != day[1:]
        ]
        assert changes == [
            (
                d["from"],
                d["platform_state"],
                d["activity_state"],
                d["is_dunning"],
                d["dunning_type"],
            )
            for d in case["days"]
        ], name
        assert _log(world, name, "platform", as_of) == _expected(case["transitions"]), name
        for product, steps in case["products"].items():
            assert _log(world, name, product, as_of) == _expected(steps), (name, product)


def _log(world: World, name: str, scope: str, as_of: date) -> list[tuple[Any, ...]]:
    return [(day.isoformat(), *step) for day, *step in world.steps(name, scope) if day <= as_of]


def _expected(steps: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(step["date"], step["seq"], step["from"], step["to"]) for step in steps]

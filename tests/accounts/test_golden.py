"""The worked cases of accounts: days, signals, transitions and revenue computed elsewhere."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lifecycle.world import World, uid
from monstera.warehouse import Warehouse

LAST = date(2027, 1, 6)


@pytest.fixture(params=["one rebuild", "runs of some days", "one late publish"])
def golden(
    request: pytest.FixtureRequest, shared: Path, warehouse: Warehouse, tmp_path: Path
) -> tuple[World, list[dict[str, Any]]]:
    """All worked cases in one warehouse, each account named after its case."""
    book = json.loads((shared / "golden" / "account_lifecycle.json").read_text())
    world = World(warehouse, tmp_path, accounts=f"tiers: [{', '.join(book['tiers'])}]\n")
    for case in book["cases"]:
        name = case["name"]
        admin = case["primary_admin"]
        world.account(name, case["created"], admin=admin and f"{name}/{admin}")
        for member in case["members"]:
            world.user(f"{name}/{member}", case["created"], account=name)
    world.deliver()
    happenings = sorted(_happenings(book["cases"]), key=lambda happening: happening[0])
    if request.param == "runs of some days":
        for day in _days(book["cases"]):
            while happenings and happenings[0][0].date() <= day:
                _say(world, *happenings.pop(0))
            world.deliver()
            world.publish(day)
    else:
        for happening in happenings:
            _say(world, *happening)
        if request.param == "one rebuild":
            world.deliver()
            world.rebuild(LAST)
        else:
            world.publish(LAST)
            world.deliver()
            world.publish(LAST)
    return world, book["cases"]


def _days(cases: list[dict[str, Any]]) -> list[date]:
    """The days on which something changes, and some between them."""
    changes = {date.fromisoformat(day["from"]) for case in cases for day in case["days"]}
    between = {date(2026, 1, 1) + timedelta(days=9 * number) for number in range(42)}
    return sorted({*changes, *between, LAST})


def _happenings(cases: list[dict[str, Any]]):
    for case in cases:
        name = case["name"]
        for event in case["events"]:
            at = datetime.fromisoformat(event["timestamp"])
            yield at, name, event["event_type"], "account", None, event["metadata"]
        for usage in case["usage"]:
            at = datetime.fromisoformat(usage["start"] + "T12:00:00+00:00")
            while at.date() <= date.fromisoformat(usage["end"]):
                for user in usage["users"]:
                    yield at, f"{name}/{user}", "used", "user", usage["product"], {}
                at += timedelta(days=usage["every"])


def _say(
    world: World, at: datetime, who: str, event_type: str, kind: str, product: str | None,
    metadata: dict[str, Any],
) -> None:  # fmt: skip
    world.event(who, at, event_type, product, entity_type=kind, **metadata)


def test_every_worked_case_holds(golden: tuple[World, list[dict[str, Any]]]) -> None:
    world, cases = golden
    for case in cases:
        name, as_of = case["name"], case["as_of"]
        found = world.rows(
            "select d.date, d.state, s.frozen_type, d.state_reason, d.risk_signals,"
            " round(d.seat_utilization, 4)::float, d.events_30, d.events_prior_30,"
            " array(select jsonb_object_keys(d.product_members) order by 1)"
            " from silver.account_days as d"
            " join silver.account_fact_spans as s"
            " on s.account_id = d.account_id and d.date between s.from_on and s.to_on"
            " where d.account_id = %s and d.date <= %s order by d.date",
            uid(name), as_of,
        )  # fmt: skip
        changes = [
            (day[0].isoformat(), *day[1:])
            for before, day in zip([None, *found], found, strict=False)
            if before is None or before[1:5] != day[1:5]
        ]
        assert changes == [
            (
                d["from"], d["state"], d["frozen_type"], d["reason"], d["risk_signals"],
                d["seat_utilization"], d["events_30"], d["events_prior_30"], d["products_active"],
            )
            for d in case["days"]
        ], name  # fmt: skip
        steps = world.rows(
            "select transition_on::text, seq, from_state, to_state"
            " from silver.account_state_transitions"
            " where account_id = %s and transition_on <= %s order by transition_on, seq",
            uid(name), as_of,
        )  # fmt: skip
        assert steps == [(t["date"], t["seq"], t["from"], t["to"]) for t in case["transitions"]], (
            name
        )
        movements = world.rows(
            "select date::text, movement, amount, mrr_after from silver.account_mrr_movements"
            " where account_id = %s and date <= %s order by date, movement",
            uid(name), as_of,
        )  # fmt: skip
        assert movements == [
            (m["date"], m["movement"], m["amount"], m["mrr_after"]) for m in case["mrr_movements"]
        ], name

"""Health: bounds, weights, and that a component never falls when its input improves."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lifecycle.world import World, uid
from monstera.transforms import read_sql
from monstera.warehouse import Warehouse

TODAY = date(2026, 2, 10)
CONTRACT = {
    "account_id": uid("acme"), "from_on": "2026-01-01", "to_on": "infinity",
    "created_at": "2026-01-01", "created_on": "2026-01-01", "trial_ends_on": "2026-01-31",
    "is_deleted": False, "is_subscribed": True, "began_churned": False, "is_dunning": False,
    "mrr": 10, "currency": "USD", "admin_since": "2026-01-01", "seats_before": 10,
}  # fmt: skip
DAY = {
    "account_id": uid("acme"), "date": TODAY, "state": "active", "total_seats": 10,
    "products_before": 1, "active_seats_before": 5, "events_prior_30": 40, "events_total": 0,
    "usage_is_up": False, "mrr": 10, "currency": "USD", "risk_signals": [], "active_seats": 5,
}  # fmt: skip

numbers = st.fixed_dictionaries(
    {
        "seat_utilization": st.none() | st.decimals(0, 3, places=2),
        "events_30": st.integers(0, 500),
        "products_count": st.integers(0, 2),
        "admin_silent_days": st.none() | st.integers(0, 90),
        "urgent_ticket_days": st.none() | st.integers(0, 30),
        "nps": st.none() | st.decimals(0, 10, places=1),
        "csat": st.none() | st.decimals(1, 5, places=1),
    }
)
WORSE_WHEN_GREATER = {"admin_silent_days", "urgent_ticket_days"}


@pytest.fixture(scope="module")
def health(new_warehouse: Callable[[], Warehouse], tmp_path_factory) -> Iterator[Any]:
    """What the score says about the numbers of a day."""
    world = World(new_warehouse(), tmp_path_factory.mktemp("definitions"))
    with world.warehouse.connect() as connection:
        connection.execute("create table run.account_days (like silver.account_days)")
        yield lambda given: _health(connection, given)
        connection.rollback()


def _health(connection: psycopg.Connection, given: dict[str, Any]) -> tuple[Any, dict]:
    given = dict(given)
    silent, ticket = given.pop("admin_silent_days"), given.pop("urgent_ticket_days")
    contract = {
        **CONTRACT,
        "nps": given.pop("nps"),
        "csat": given.pop("csat"),
        "has_tickets": ticket is not None,
        "urgent_ticket_since": TODAY - timedelta(days=ticket) if ticket else None,
    }
    day = {
        **DAY,
        **given,
        "product_members": '{"editor": 1}',
        "admin_last_active_on": None if silent is None else TODAY - timedelta(days=silent),
    }
    connection.execute("delete from silver.account_fact_spans")
    connection.execute("delete from run.account_days")
    for table, row in (("silver.account_fact_spans", contract), ("run.account_days", day)):
        connection.execute(
            f"insert into {table} ({', '.join(row)})"
            f" values ({', '.join(f'%({name})s' for name in row)})",
            row,
        )
    connection.execute("set search_path = silver")
    found = read_sql("run/account_health").execute(connection, {}).fetchone()
    assert found is not None
    *_, score, components = found
    return score, components


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(base=numbers, gain=numbers, data=st.data())
def test_no_component_falls_when_an_input_improves(health, base, gain, data) -> None:
    name = data.draw(st.sampled_from(sorted(k for k in base if base[k] is not None)))
    step = gain[name] or 1
    improved = dict(base)
    improved[name] = max(0, base[name] - step) if name in WORSE_WHEN_GREATER else base[name] + step
    score, before = health(base)
    _, after = health(improved)

    for component, said in before.items():
        if said["value"] is not None:
            assert 0 <= said["value"] <= 100
            assert after[component]["value"] >= said["value"], (component, name)
    known = [c for c in before.values() if c["value"] is not None]
    mean = sum(Decimal(str(c["value"])) * c["weight"] for c in known) / sum(
        c["weight"] for c in known
    )
    assert abs(score - mean) < Decimal("0.02")  # the components are shown rounded


def test_the_other_model_is_a_matter_of_definition(warehouse: Warehouse, tmp_path: Path) -> None:
    world = World(warehouse, tmp_path, accounts="health_model: four_signals\ntiers: [starter]\n")
    world.account("acme", "2026-01-01 09:00+00")
    world.event(
        "acme", "2026-01-01 10:00+00", "subscription_started", entity_type="account",
        tier="starter", seats=10, mrr=5,
    )  # fmt: skip
    world.deliver()
    world.publish("2026-01-05")

    # no seat, no product, no event in use: 0; the contract runs: 100; each has a weight of 25
    score, band, components = world.rows(
        "select health_score, health_band, health_score_components"
        " from silver.account_current_state"
    )[0]
    assert (score, band) == (25, "critical")
    assert {name: c["value"] for name, c in components.items()} == {
        "seat_utilization": 0, "product_breadth": 0, "recent_activity": 0, "contract_status": 100,
    }  # fmt: skip

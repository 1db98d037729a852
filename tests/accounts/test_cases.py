"""Accounts worked by hand, each with its arithmetic."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from rich.console import Console
from typer.testing import CliRunner

from lifecycle.world import World, uid
from monstera.accounts.explain import UnknownAccount, explain_account
from monstera.cli import app
from monstera.cli import explain as command
from monstera.lifecycle.explain import NoStateThatDay
from monstera.quality import AuditFailed
from monstera.warehouse import Warehouse

BASICS = {"tier": "professional", "seats": 10, "mrr": 100}


@pytest.fixture
def world(warehouse: Warehouse, tmp_path: Path) -> World:
    """acme, created on January 1, with an admin and a colleague."""
    world = World(warehouse, tmp_path)
    world.account("acme", "2026-01-01 09:00+00", admin="ada")
    for name in ("ada", "bob"):
        world.user(name, "2026-01-01 09:00+00", account="acme")
    return world


def happens(world: World, at: str, kind: str, who: str = "acme", **metadata) -> None:
    world.event(who, f"2026-{at} 10:00+00", kind, entity_type="account", **metadata)


def states(world: World, who: str = "acme") -> list[tuple[str, str]]:
    """The first day of each stretch with one state."""
    found = world.rows(
        "select date::text, state from silver.account_state_history where account_id = %s"
        " order by date",
        uid(who),
    )
    return [
        day
        for before, day in zip([None, *found], found, strict=False)
        if before is None or before[1] != day[1]
    ]


def movements(world: World, who: str = "acme") -> list[tuple]:
    return world.rows(
        "select date::text, movement, amount_reporting::float from silver.account_mrr_movements"
        " where account_id = %s order by date, movement",
        uid(who),
    )


def test_a_return_on_the_60th_day_is_no_reactivation_one_after_the_61st_is(world: World) -> None:
    world.account("other", "2026-01-01 09:00+00")
    without_seats = {**BASICS, "seats": 0}  # so that none is unused
    for who, back in (("acme", "04-02"), ("other", "04-04")):
        happens(world, "01-01", "subscription_started", who, **without_seats)
        happens(world, "02-01", "subscription_canceled", who)
        happens(world, back, "subscription_started", who, **without_seats)
    world.deliver()
    world.publish("2026-04-10")

    # February 1 + 60 days is April 2
    assert states(world)[-2:] == [("2026-02-01", "at_risk"), ("2026-04-02", "active")]
    assert states(world, "other")[-3:] == [
        ("2026-02-01", "at_risk"), ("2026-04-03", "churned"), ("2026-04-04", "reactivated"),
    ]  # fmt: skip
    assert movements(world, "other") == [
        ("2026-01-01", "new", 100), ("2026-02-01", "churn", -100),
        ("2026-04-04", "reactivation", 100),
    ]  # fmt: skip


def test_a_feed_alone_tells_the_subscription(world: World) -> None:
    world.account("fed", "2026-01-01 09:00+00", total_seats=3)
    world.account(
        "fed", "2026-01-01 09:00+00", at="2026-01-10 12:00+00", total_seats=3,
        monthly_recurring_revenue=30, subscription_tier="starter",
    )  # fmt: skip
    world.account("fed", "2026-01-01 09:00+00", at="2026-01-20 12:00+00", total_seats=3)
    world.deliver()
    world.publish("2026-01-25")

    assert states(world, "fed") == [
        ("2026-01-01", "trial"), ("2026-01-10", "new_paid"), ("2026-01-20", "at_risk"),
    ]  # fmt: skip
    assert movements(world, "fed") == [("2026-01-10", "new", 30), ("2026-01-20", "churn", -30)]


def test_a_late_payment_failure_freezes_the_days_since(world: World) -> None:
    happens(world, "01-01", "subscription_started", **BASICS)
    world.deliver()
    world.publish("2026-01-20")
    happens(world, "01-10", "payment_failed")
    happens(world, "01-15", "payment_recovered")
    world.deliver()
    world.publish("2026-01-20")

    assert states(world) == [
        ("2026-01-01", "new_paid"), ("2026-01-10", "frozen"), ("2026-01-15", "active"),
    ]  # fmt: skip
    restated = world.rows(
        "select date::text, segment_value, old_value, new_value from ops.metric_restatements"
        " where metric_id = 'accounts_by_state' and date in ('2026-01-09', '2026-01-10')"
        " order by segment_value"
    )
    assert restated == [("2026-01-10", "frozen", 0, 1), ("2026-01-10", "new_paid", 1, 0)]


def test_of_two_currencies_the_one_without_a_rate_stops_the_publish(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    rates = "tiers: [professional]\ncurrency_rates: {USD: 1, EUR: 1.1}\n"
    world = World(warehouse, tmp_path, accounts=rates)
    for who, currency in (("acme", "EUR"), ("alp", "CHF")):
        world.account(who, "2026-01-01 09:00+00")
        happens(world, "01-01", "subscription_started", who, **BASICS, currency=currency)
    world.deliver()

    with pytest.raises(AuditFailed, match=r"account_currencies_have_rates.*declared rate"):
        world.publish("2026-01-20")
    assert world.rows("select count(*) from ops.current_publication") == [(0,)]

    world.define({"editor": ""}, "{}", rates.replace("1.1}", "1.1, CHF: 1.2}"))
    world.publish("2026-01-20")
    # 100 * 1.1 + 100 * 1.2 = 230
    assert world.rows("select closing_mrr from gold.revenue_daily where date = '2026-01-20'") == [
        (230,)
    ]


def test_a_changed_rate_moves_the_total_as_fx(warehouse: Warehouse, tmp_path: Path) -> None:
    rates = "currency_rates: {USD: 1, EUR: {2025-01-01: 1.1, 2026-01-10: 1.2}}\n"
    world = World(warehouse, tmp_path, accounts="tiers: [professional]\n" + rates)
    world.account("acme", "2026-01-01 09:00+00")
    happens(world, "01-01", "subscription_started", **BASICS, currency="EUR")
    world.deliver()
    for day in ("2026-01-05", "2026-01-20"):
        world.publish(day)

    # 100 * 1.1 = 110, 100 * (1.2 - 1.1) = 10
    assert movements(world) == [
        ("2026-01-01", "new", pytest.approx(110)), ("2026-01-10", "fx", pytest.approx(10)),
    ]  # fmt: skip
    assert world.rows("select sum(mrr) from gold.account_state_counts where date = '2026-01-20'")[
        0
    ] == (Decimal(120),)


def test_nineteen_months_of_movements_add_up(world: World) -> None:
    """Opening + new + reactivation + expansion + contraction + churn = closing, every month."""
    plan = [  # month, kind, revenue afterwards: 18 changes over 19 months
        (1, 100), (2, 120), (3, 90), (4, 0), (5, 80), (6, 80), (7, 150), (8, 140), (9, 0),
        (10, 200), (11, 210), (12, 190), (13, 190), (14, 0), (15, 60), (16, 75), (17, 70), (18, 0),
        (19, 50),
    ]  # fmt: skip
    expected, before = [], 0
    for month, mrr in plan:
        day = date(2026 + (month - 1) // 12, (month - 1) % 12 + 1, 5)
        kind = "subscription_canceled" if mrr == 0 else (
            "subscription_started" if before == 0 else "subscription_changed"
        )  # fmt: skip
        terms = {} if mrr == 0 else {**BASICS, "mrr": mrr}
        world.event("acme", f"{day} 10:00+00", kind, entity_type="account", **terms)
        if mrr != before:
            movement = (
                "new" if month == 1 else "reactivation" if before == 0 else "churn" if mrr == 0
                else "expansion" if mrr > before else "contraction"
            )  # fmt: skip
            expected.append((str(day), movement, float(mrr - before)))
        before = mrr
    world.deliver()
    world.rebuild("2027-07-31")

    assert movements(world) == expected
    assert sum(amount for _, _, amount in expected) == 50
    monthly = world.rows(
        "select month::text, opening_mrr, new_mrr + reactivation_mrr + expansion_mrr"
        " + contraction_mrr + churned_mrr + fx_mrr, closing_mrr from gold.revenue_monthly"
        " where month >= '2026-01-01' order by month"
    )
    assert len(monthly) == 19
    assert all(opening + moved == closing for _, opening, moved, closing in monthly)
    assert [closing for *_, closing in monthly] == [mrr for _, mrr in plan]


def test_explains_the_state_with_the_numbers_behind_it(world: World) -> None:
    happens(world, "01-01", "subscription_started", **BASICS)
    world.event("bob", "2026-02-01 12:00+00", "used", "editor")
    world.deliver()
    world.publish("2026-02-10")

    said = explain_account(world.warehouse, uid("acme"))

    assert (said.day.state, said.day.risk_signals) == ("at_risk", ("low_utilization",))
    assert said.reason == ("1 of 10 seats are in use, which is low from below 30% until 40%.")
    components = said.day.health_score_components
    assert components["seat_utilization"]["value"] == 10
    assert components["support_and_sentiment"]["value"] is None
    assert 0 <= said.day.health_score <= 100
    assert explain_account(world.warehouse, uid("acme"), date(2026, 1, 5)).day.state == "new_paid"
    with pytest.raises(NoStateThatDay, match="created on 2026-01-01"):
        explain_account(world.warehouse, uid("acme"), date(2025, 12, 31))
    with pytest.raises(UnknownAccount):
        explain_account(world.warehouse, uid("nobody"))


def test_the_command_prints_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    happens(world, "01-01", "subscription_started", **BASICS)
    world.deliver()
    world.publish("2026-02-10")
    monkeypatch.setattr(command, "console", Console(width=200))
    monkeypatch.setattr(command, "warehouse", lambda: world.warehouse)

    told = ["explain", "account", str(uid("acme")), "--pseudonym"]
    result = CliRunner().invoke(app, [*told, "--json"])
    assert result.exit_code == 0, result.output
    facts = json.loads(result.stdout)
    assert UUID(facts["account_id"]) == uid("acme")
    assert facts["day"]["total_seats"] == 10
    page = CliRunner().invoke(app, [*told, "--date", "2026-01-20"])
    assert page.exit_code == 0, page.output
    for fact in ("new_paid", "(start) → new_paid", "professional", "five_signals"):
        assert fact in page.output


def test_a_user_who_joins_brings_the_products_in_use(world: World) -> None:
    world.user("eve", "2026-01-01 09:00+00")
    world.event("eve", "2026-01-05 12:00+00", "used", "editor")
    world.deliver()
    world.publish("2026-01-10")
    world.moves("eve", "2026-01-12 09:00+00", "acme")
    world.deliver()
    world.publish("2026-01-15")
    in_a_day = world.fingerprint()

    # active from January 5 through February 4, member from January 12 on
    products = world.rows(
        "select date::text from silver.account_state_history"
        " where account_id = %s and 'editor' = any(products_active) order by date",
        uid("acme"),
    )
    assert products == [(f"2026-01-{day}",) for day in range(12, 16)]
    world.rebuild("2026-01-15")
    assert world.fingerprint() == in_a_day


def test_a_new_user_who_moves_at_once_takes_the_products_along(world: World) -> None:
    world.account("other", "2026-01-01 09:00+00")
    world.deliver()
    world.publish("2026-01-10")
    world.user("eve", "2026-01-11 09:00+00", account="other")
    world.event("eve", "2026-01-11 12:00+00", "used", "editor")
    world.moves("eve", "2026-01-13 09:00+00", "acme")
    world.deliver()
    world.publish("2026-01-15")

    products = world.rows(
        "select account_id, date::text from silver.account_state_history"
        " where 'editor' = any(products_active) order by date"
    )
    assert products == [
        (uid("other"), "2026-01-11"), (uid("other"), "2026-01-12"),
        (uid("acme"), "2026-01-13"), (uid("acme"), "2026-01-14"), (uid("acme"), "2026-01-15"),
    ]  # fmt: skip

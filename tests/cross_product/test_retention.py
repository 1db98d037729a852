"""The matched comparison finds what products do, and finds nothing where they do nothing."""

import json
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from cross_product.conftest import LAST, Company
from lifecycle.world import uid
from monstera.cli import app
from monstera.cross_product.retention import HORIZONS, WHAT_IT_SAYS, compare_retention, match


def people(effect: float, seed: int = 3) -> pd.DataFrame:
    """6,000 users: the busier they are, the more products they use and the longer they stay."""
    chance = np.random.default_rng(seed)
    busy = chance.gamma(2, 8, 6_000)
    has_two = chance.random(6_000) < 1 / (1 + np.exp(2.5 - busy / 8))
    stays = chance.random(6_000) < np.clip(0.2 + busy / 80 + effect * has_two, 0, 1)
    return pd.DataFrame(
        {
            "products": np.where(has_two, 2, 1),
            "is_retained": stays,
            "days_since_signup": chance.integers(0, 300, 6_000),
            "events": busy.round(),
            "active_days": (busy / 2).round(),
            "plan_type": chance.choice(["free", "pro", None], 6_000),
            "acquisition_source": None,
        }
    )


def raw_difference(users: pd.DataFrame) -> float:
    rates = users.groupby("products")["is_retained"].mean()
    return float(rates[2] - rates[1])


def test_where_products_do_nothing_the_difference_goes() -> None:
    users = people(effect=0)
    matched = match(users, 2)
    assert raw_difference(users) > 0.1
    assert matched is not None
    assert matched.difference_low < 0 < matched.difference_high
    assert abs(matched.difference) < 0.04
    assert matched.greatest_imbalance < 0.1


def test_where_they_do_something_it_is_found() -> None:
    users = people(effect=0.15)
    matched = match(users, 2)
    assert raw_difference(users) > 0.2
    assert matched is not None
    assert matched.difference_low < 0.15 < matched.difference_high
    assert matched.difference == pytest.approx(
        matched.matched_retention - matched.control_retention
    )


def test_too_few_to_compare() -> None:
    users = people(effect=0)
    few = pd.concat([users[users["products"] == 1], users[users["products"] == 2].head(29)])
    assert match(few, 2) is None


def test_users_unlike_all_others_have_no_match() -> None:
    users = people(effect=0)
    users.loc[users["products"] == 2, "events"] += 100_000
    assert match(users, 2) is None


@pytest.fixture(scope="module")
def compared(company: Company) -> list[dict]:
    return compare_retention(company.warehouse, LAST)


def test_the_raw_rates_are_those_of_the_days(company: Company, compared) -> None:
    states: dict = {}
    for user_id, day, state in company.rows(
        "select user_id, date, state from silver.product_user_state_history"
    ):
        states.setdefault((user_id, day), []).append(state)
    expected: dict = {}
    for name in company.said:
        activity = {day: state for day, _, state, *_ in company.days(name)}
        for horizon in HORIZONS:
            day = LAST - timedelta(days=horizon)
            products = sum(
                state in ("active", "reactivated") for state in states.get((uid(name), day), [])
            )
            if activity.get(day) in ("active", "returning", "reactivated") and products:
                users, retained = expected.get((horizon, products), (0, 0))
                stays = activity[LAST] in ("active", "returning", "reactivated")
                expected[horizon, products] = (users + 1, retained + stays)
    stored = company.rows(
        "select horizon_days, products, users, retained from gold.product_count_retention"
    )
    assert {row[:2]: row[2:] for row in stored} == expected
    assert len(compared) == len(expected)


def test_computing_it_again_replaces_the_rows(company: Company, compared) -> None:
    assert compare_retention(company.warehouse, LAST) == compared
    ((rows,),) = company.rows("select count(*) from gold.product_count_retention")
    assert rows == len(compared)


def test_the_command_says_what_the_figures_can_say(company: Company, monkeypatch) -> None:
    monkeypatch.setenv("MONSTERA_WAREHOUSE_URL", company.warehouse.url)
    runner = CliRunner()
    rows = json.loads(runner.invoke(app, ["compare-retention", "--json"]).stdout)
    assert {row["horizon_days"] for row in rows} == set(HORIZONS)
    told = runner.invoke(app, ["compare-retention"]).stdout
    assert " ".join(told.split()).endswith(WHAT_IT_SAYS)
    too_late = runner.invoke(app, ["compare-retention", "--as-of", "2030-01-01"])
    assert too_late.exit_code == 2

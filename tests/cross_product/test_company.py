"""Adoption, affinity and journeys of a generated company equal a walk through it in Python."""

import re
from itertools import permutations

import pytest

from cross_product.conftest import LAST, PRODUCTS, Company
from cross_product.naive import (
    adoptions,
    churn_pairs,
    days_across,
    journey,
    pair,
    portfolio,
    sequences,
    shown,
)
from lifecycle.world import uid
from monstera.cross_product import compare_retention
from monstera.settings import PROJECT

DOCS = (PROJECT / "docs" / "across-products.md").read_text()


@pytest.fixture(scope="module")
def paths(company: Company) -> dict[str, list]:
    """Adoptions of all users who are not deleted, from what they did."""
    found = {}
    for name, events in company.said.items():
        activity = {day: activity for day, _, activity, *_ in company.days(name)}
        ((signup,),) = company.rows(
            "select signed_up_at from bronze.user_signups where user_id = %s", uid(name)
        )
        path = adoptions(events, signup, activity, LAST)
        if path is not None:
            found[name] = path
    return found


def test_the_company_is_worth_comparing(paths) -> None:
    lengths = {len(path) for path in paths.values()}
    assert lengths == {0, 1, 2, 3}
    flags = {kept for path in paths.values() for _, _, kept in path}
    assert flags == {None, True, False}


def test_adoptions_of_every_user(company: Company, paths) -> None:
    rows = company.rows(
        "select user_id, product_id, first_access_timestamp::date, is_retained_90_days,"
        " adoption_sequence_number"
        " from silver.user_product_adoptions order by adoption_sequence_number"
    )
    for name, path in paths.items():
        assert [row[1:] for row in rows if row[0] == uid(name)] == [
            (*adoption, number) for number, adoption in enumerate(path, start=1)
        ], name
    assert len(rows) == sum(len(path) for path in paths.values())


def test_sequences(company: Company, paths) -> None:
    rows = company.rows(
        "select product_sequence, user_count, users_ending_here, avg_days_to_complete_sequence,"
        " retention_rate_90_days, sequence_completion_rate from silver.product_adoption_sequences"
    )
    assert {tuple(row[0]): shown(row[1:]) for row in rows} == {
        sequence: shown(numbers) for sequence, numbers in sequences(list(paths.values())).items()
    }


@pytest.mark.parametrize(("a", "b"), list(permutations(PRODUCTS, 2)))
def test_affinity_of_a_pair(company: Company, paths, a: str, b: str) -> None:
    expected = pair(list(paths.values()), a, b, LAST)
    expected["users"] = len(paths)
    (found,) = company.rows(
        f"select {', '.join(expected)} from silver.product_affinity_matrix"
        " where product_a = %s and product_b = %s",
        a, b,
    )  # fmt: skip
    assert dict(zip(expected, shown(found), strict=True)) == dict(
        zip(expected, shown(expected.values()), strict=True)
    )


def test_journeys_of_every_user(company: Company) -> None:
    stages = company.rows(
        "select user_id, stage, entered_on, left_on from silver.user_product_journeys"
        " order by user_id, stage_number"
    )
    states = company.rows("select user_id, date, state from silver.product_user_state_history")
    for name in company.said:
        platform = {day: state for day, state, *_ in company.days(name)}
        products: dict = {}
        for user_id, day, state in states:
            if user_id == uid(name):
                products.setdefault(day, []).append(state)
        walked = journey(sorted(platform), platform, products)
        assert [row[1:] for row in stages if row[0] == uid(name)] == walked, name


def test_portfolio_of_every_user(company: Company) -> None:
    found = {
        row[0]: (*row[1:5], *shown(row[5:]))
        for row in company.rows(
            "select user_id, total_products_tried, primary_product, first_product_adopted,"
            " most_recent_product_adopted, product_diversity_score"
            " from silver.user_product_portfolio"
        )
    }
    expected = {}
    for name, events in company.said.items():
        if (walked := portfolio(events, LAST)) is not None:
            expected[uid(name)] = (*walked[:4], *shown(walked[4:]))
    assert found == expected
    assert any(0 < row[4] < 1 for row in found.values() if row[4] is not None)


def test_every_day_of_every_user(company: Company) -> None:
    rows = company.rows(
        "select user_id, date, products_used_today, primary_product_today, product_switching_count"
        " from silver.cross_product_activity"
    )
    switches = 0
    for name, events in company.said.items():
        expected = days_across(events, LAST)
        assert {row[1]: row[2:] for row in rows if row[0] == uid(name)} == expected, name
        switches += sum(day[2] for day in expected.values())
    assert switches > 100


@pytest.fixture(scope="module")
def lives(company: Company) -> list[dict]:
    """Every life: the states in the products by day."""
    states: dict = {}
    for user_id, day, product, state in company.rows(
        "select user_id, date, product_id, state from silver.product_user_state_history"
    ):
        states.setdefault((user_id, day), {})[product] = state
    found: list[dict] = []
    for name in company.said:
        found.append({})
        for day, state, *_ in company.days(name):
            if state == "deleted":
                found.append({})
            else:
                found[-1][day] = states.get((uid(name), day), {})
    return found


@pytest.mark.parametrize(("a", "b"), list(permutations(PRODUCTS, 2)))
def test_churn_from_one_product_to_another(company: Company, lives, a: str, b: str) -> None:
    (found,) = company.rows(
        "select first_churns, users_at_risk, next_churns, hazard_30_days, baseline_hazard_30_days"
        " from gold.product_churn_sequences where first_product = %s and next_product = %s",
        a, b,
    )  # fmt: skip
    assert shown(found) == shown(churn_pairs(lives, a, b))


def test_some_hazards_are_known(company: Company) -> None:
    ((known,),) = company.rows("select count(hazard_ratio) from gold.product_churn_sequences")
    assert known > 0


def test_published_bit_by_bit_and_rebuilt(company: Company) -> None:
    before = company.fingerprint()
    company.rebuild(LAST)
    for table, rows in company.fingerprint().items():
        assert before[table] == rows, table


def test_without_workflows_there_are_no_rows_of_them(company: Company) -> None:
    assert company.rows("table gold.workflow_metrics") == []
    assert company.rows("table gold.workflow_steps_reached") == []


def test_the_queries_of_the_page_find_something(company: Company) -> None:
    compare_retention(company.warehouse, LAST)
    queries = re.findall(r"```sql\n(.*?)```", DOCS, re.DOTALL)
    assert len(queries) == 3
    for query in queries:
        # so few users are too few to match, and of this company's nobody is balanced
        assert company.rows(query.replace("and greatest_imbalance < 0.1", "")), query

"""Every kind against the slow and obvious computation, after daily runs with late data."""

import pytest

from metrics.conftest import FIRST, LAST, ZONE, Company
from metrics.naive import Naive, Values

KINDS = (
    "sum", "feed", "state_count", "flow", "distinct_active", "duration", "cohort",
    "product_cohort", "adoption", "funnel", "session", "time_to_value",
    "account_count", "account_flow", "account_revenue", "ratio",
)  # fmt: skip


@pytest.fixture(scope="module")
def expected(company: Company) -> Values:
    """What the naive computation says."""
    return Naive(company.warehouse, ZONE, LAST).values(company.metrics)


def stored(company: Company) -> Values:
    """What was published."""
    rows = company.rows(
        "select metric_id, date, segment_key, segment_value, value, numerator, denominator"
        " from gold.metric_values"
    )
    return {row[:4]: row[4:] for row in rows}


@pytest.mark.parametrize("kind", KINDS)
def test_every_value_of_every_segment(company: Company, expected: Values, kind: str) -> None:
    metrics = {
        metric.id for metric in company.metrics.values()
        if metric.formula.kind == kind and getattr(metric.formula, "since", "") != "access"
        and metric.newest_period(LAST) >= FIRST  # months that are long enough ago
        # nobody is seen before the signup
        and "journey" not in metric.id and getattr(metric.formula, "since", "") != "first_visit"
        and getattr(metric.formula, "of", "") != "features"  # there are none
    }  # fmt: skip
    compare(company, expected, metrics)


def test_what_accounts_are_worth_and_cost(company: Company, expected: Values) -> None:
    metrics = {"accounts_lifetime_value_monthly", "accounts_acquisition_cost_monthly"}
    compare(company, expected, metrics)


def compare(company: Company, expected: Values, metrics: set[str]) -> None:
    """Every value of these metrics that is stored, with what the naive computation says."""
    found, wanted = (
        {place: shown(values) for place, values in all_values.items()
         if place[0] in metrics and says_something(place, values)}
        for all_values in (stored(company), expected)
    )  # fmt: skip
    assert {place[0] for place in wanted} == metrics  # none of them is untested
    assert found == wanted


def says_something(place: tuple, values: tuple) -> bool:
    """Segments nobody is in may have a row or not; totals always have one."""
    value, numerator, denominator = values
    return place[2] == "all" or bool(value or numerator or denominator)


def shown(values: tuple) -> tuple:
    """Numbers to compare, rounded."""
    return tuple(None if value is None else round(float(value), 9) for value in values)


def test_daily_runs_and_a_rebuild_publish_the_same(company: Company) -> None:
    query = (
        "select v.metric_id, v.date, v.grain, v.segment_key, v.segment_value, v.value, v.numerator,"
        " v.denominator, v.is_partial from gold.metric_values as v"
        " join ref.metrics as m using (metric_id) where m.domain <> 'system' and v.value <> 0"
        " order by 1, 2, 3, 4, 5"
    )
    before, restated = company.rows(query), len(company.rows("table ops.metric_restatements"))
    company.rebuild(LAST)
    assert company.rows(query) == before
    assert len(company.rows("table ops.metric_restatements")) == restated
    assert len(before) > 10_000

"""Queries that the sources print for analysts, as written but for the names in docs/names.md."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from metrics.conftest import LAST, ZONE, Company

DOMAIN_OVERVIEW = """
SELECT
    domain,
    metric_name,
    AVG(metric_value) as avg_value,
    COUNT(DISTINCT entity_id) as entity_count
FROM metrics_unified_domains
WHERE metric_date = CURRENT_DATE
  AND importance_tier = 'tier_1'
GROUP BY domain, metric_name
ORDER BY domain, avg_value DESC;
"""
TIME_SERIES = """
SELECT
    metric_date,
    SUM(CASE WHEN metric_name = 'users_active_daily' THEN metric_value END) as dau,
    SUM(CASE WHEN metric_name = 'users_active_monthly' THEN metric_value END) as mau,
    SUM(CASE WHEN metric_name = 'users_stickiness_daily' THEN metric_value END) as stickiness
FROM metrics_unified_domains
WHERE domain = 'product'
  AND metric_date >= CURRENT_DATE - 30
GROUP BY metric_date
ORDER BY metric_date;
"""


REVENUE_TREND = """
SELECT
    DATE_TRUNC('month', month) as month,
    closing_mrr as mrr,
    paying_accounts as active_customers,
    arpa as arpu
FROM revenue_monthly
ORDER BY month;
"""
REVENUE_BY_STATE = """
SELECT segment_value as account_state, value as mrr
FROM segment_metrics
WHERE metric_id = 'accounts_recurring_revenue_daily'
  AND segment_key = 'state'
  AND date = CURRENT_DATE
ORDER BY account_state;
"""
COHORTS = """
SELECT
    cohort_start as signup_month,
    users as signups,
    retained as retained_month_1,
    ROUND(100.0 * retention, 2) as retention_rate_month_1
FROM retention_cohorts
WHERE cohort_grain = 'month' AND segment_key = 'all' AND unit = 'month' AND number = 1
  AND definition = 'in_period'
ORDER BY signup_month DESC;
"""

RETENTION = """
SELECT
    cohort_start as signup_month,
    users as signups,
    retained as retained_day7,
    ROUND(100.0 * retention, 2) as retention_rate_day7
FROM retention_cohorts
WHERE cohort_grain = 'month' AND segment_key = 'all' AND unit = 'day' AND number = 7
  AND definition = 'from_day'
ORDER BY signup_month DESC;
"""
ACTIVATION = """
SELECT
    date as signup_month,
    denominator as signups,
    numerator as activated,
    ROUND(100.0 * value, 2) as activation_rate
FROM overall_metrics
WHERE metric_id = 'users_activation_rate_monthly'
ORDER BY signup_month DESC;
"""
ORGANIZATIONS = """
SELECT
    DATE_TRUNC('month', date) as month,
    (ARRAY_AGG(value ORDER BY date DESC))[1] as mao
FROM overall_metrics
WHERE metric_id = 'organizations_active_monthly'
GROUP BY month
ORDER BY month DESC;
"""
ACQUISITION = """
SELECT
    DATE_TRUNC('month', date) as month,
    MAX(value) FILTER (WHERE metric_id = 'accounts_signed_up_monthly') as new_customers,
    MAX(value) FILTER (WHERE metric_id = 'accounts_first_paid_monthly') as activated_customers,
    MAX(value) FILTER (WHERE metric_id = 'accounts_days_to_paid_monthly') as avg_time_to_activation
FROM overall_metrics
WHERE metric_id IN (
    'accounts_signed_up_monthly', 'accounts_first_paid_monthly', 'accounts_days_to_paid_monthly'
)
GROUP BY month
ORDER BY month;
"""
API_USAGE = """
SELECT
    date,
    MAX(value) FILTER (WHERE metric_id = 'calls_to_api_daily') as total_api_calls,
    MAX(value) FILTER (WHERE metric_id = 'calls_response_time_daily_p95') as p95_response_time
FROM overall_metrics
WHERE metric_id IN ('calls_to_api_daily', 'calls_response_time_daily_p95')
  AND date >= CURRENT_DATE - INTERVAL '30 days'
GROUP BY date
ORDER BY date;
"""
HEALTH = """
SELECT
    health_band as health_category,
    COUNT(*) as customer_count,
    ROUND(COUNT(*) * 100.0 / SUM(COUNT(*)) OVER (), 2) as percentage
FROM account_health
WHERE date = (SELECT MAX(date) FROM account_health)
GROUP BY health_category
ORDER BY customer_count DESC;
"""


def run(company: Company, query: str) -> list[tuple[Any, ...]]:
    """The query on the last published day, in the schema that the sources call `entity`."""
    with company.warehouse.connect() as connection:
        connection.execute("set local search_path = gold")
        today = f"date '{LAST}'"
        return connection.execute(query.replace("CURRENT_DATE", today).encode()).fetchall()


def test_domain_overview(company: Company) -> None:
    found = {row[1]: row for row in run(company, DOMAIN_OVERVIEW)}
    daily = company.value("users_active_daily", str(LAST))
    assert found["users_active_daily"] == ("product", "users_active_daily", daily, 1)
    assert {row[0] for row in found.values()} >= {"data", "product", "revenue"}


def test_time_series(company: Company) -> None:
    rows = run(company, TIME_SERIES)
    assert len(rows) == 31
    day, dau, mau, stickiness = rows[-1]
    assert (day, dau) == (LAST, company.value("users_active_daily", str(LAST)))
    assert round(stickiness, 9) == round(dau / mau, 9)


def test_aggregate_metrics(company: Company) -> None:
    query = "SELECT * FROM aggregate_metrics('2026-02-02', '2026-02-15', 'week')"
    rows = run(company, query)
    assert [str(row[0].date()) for row in rows] == ["2026-02-02", "2026-02-09"]
    for period, signups, activations, active_users, qualifying_events, revenue in rows:
        week = str(period.date())
        assert signups == company.value("users_signed_up_weekly", week)
        assert active_users == company.value("users_active_weekly_calendar", week)
        assert qualifying_events >= active_users
        assert activations <= signups
        days = (period.date() + timedelta(days=number) for number in range(7))
        collected = [company.value("payments_collected_daily", str(day)) for day in days]
        assert float(revenue) == pytest.approx(sum(value for value in collected if value))


def test_aggregate_metrics_of_dates_that_cut_a_month(company: Company) -> None:
    """Of the 4th to the 10th alone, whose users are those of 7 dates on the 10th."""
    rows = run(company, "SELECT * FROM aggregate_metrics('2026-02-04', '2026-02-10', 'month')")
    days = [f"2026-02-{day:02}" for day in range(4, 11)]
    signups = sum(company.value("users_signed_up_daily", day) for day in days)
    active = company.value("users_active_weekly", "2026-02-10")
    assert [(str(row[0].date()), row[1], row[3]) for row in rows] == [
        ("2026-02-01", signups, active)
    ]


def test_activations_of_a_month_are_known_with_those_of_its_last_day(company: Company) -> None:
    """Within 7 days of the signup: of February on 7 March; of March not yet."""
    rows = run(company, f"SELECT * FROM aggregate_metrics('2026-02-01', '{LAST}', 'month')")
    within = run(
        company,
        "SELECT numerator::integer FROM overall_metrics"
        " WHERE metric_id = 'users_activation_rate_monthly' and date = '2026-02-01'",
    )
    assert [(rows[0][2],), (rows[1][2],)] == [*within, (None,)]


def test_a_day_without_a_rate_leaves_its_period_without_revenue(company: Company) -> None:
    query = "select revenue from gold.aggregate_metrics('2026-03-02', '2026-03-15', 'week')"
    with company.warehouse.connect() as connection:
        connection.execute(
            "update gold.metric_values set value = null"
            " where metric_id = 'payments_collected_daily' and date = '2026-03-10'"
        )
        (before,), (unknown,) = connection.execute(query).fetchall()
        connection.rollback()
    assert before > 0
    assert unknown is None


def test_aggregate_metrics_by_hour(company: Company) -> None:
    rows = run(company, f"SELECT * FROM aggregate_metrics('{LAST}', '{LAST} 23:59', 'hour')")
    newest = run(company, "SELECT max(hour) FROM events_hourly")[0][0].astimezone(ZoneInfo(ZONE))
    assert [row[0] for row in rows] == [
        datetime.combine(LAST, time(hour)) for hour in range(newest.hour + 1)
    ]
    qualifying = run(
        company,
        f"SELECT sum(qualifying_events)::integer FROM gold.events_daily WHERE date = '{LAST}'",
    )
    assert [(sum(row[4] for row in rows),)] == qualifying
    assert max(row[3] for row in rows) <= company.value("users_active_daily", str(LAST))


def test_aggregate_metrics_by_something_else(company: Company) -> None:
    with pytest.raises(psycopg.Error, match="expected the granularity hour, day, week or month"):
        run(company, "SELECT * FROM aggregate_metrics('2026-02-02', '2026-02-15', 'century')")


def test_revenue_trend(company: Company) -> None:
    rows = run(company, REVENUE_TREND)
    assert [str(row[0].date()) for row in rows] == ["2026-01-01", "2026-02-01", "2026-03-01"]
    ends = ("2026-01-31", "2026-02-28", str(LAST))
    for (_, mrr, customers, arpu), end in zip(rows, ends, strict=True):
        assert float(mrr) == company.value("accounts_recurring_revenue_daily", end)
        assert customers == company.value("accounts_paying_daily", end)
        average = company.value("accounts_mean_revenue_daily", end)
        assert average == (None if arpu is None else pytest.approx(float(arpu)))


def test_revenue_by_account_state(company: Company) -> None:
    rows = run(company, REVENUE_BY_STATE)
    total = company.value("accounts_recurring_revenue_daily", str(LAST))
    assert float(sum(mrr for _, mrr in rows)) == pytest.approx(total)
    assert len(rows) > 1


def test_cohorts_of_signups(company: Company) -> None:
    newest, *_, oldest = run(company, COHORTS)
    month, signups, retained, rate = oldest
    assert signups == company.value("users_signed_up_monthly", str(month))
    assert float(rate) == pytest.approx(round(100 * retained / signups, 2))
    assert newest[2:] == (None, None)  # too young, which is not 0


def test_retention_on_day_7_by_month(company: Company) -> None:
    rows = run(company, RETENTION)
    assert [str(month) for month, *_ in rows] == ["2026-02-01", "2026-01-01"]
    for month, signups, retained, rate in rows:
        assert signups == company.value("users_signed_up_monthly", str(month))
        assert float(rate) == pytest.approx(round(100 * retained / signups, 2))


def test_activation_by_month(company: Company) -> None:
    for month, signups, activated, rate in run(company, ACTIVATION):
        assert signups == company.value("users_signed_up_monthly", str(month))
        assert float(rate) == pytest.approx(round(100 * float(activated / signups), 2))


def test_acquisition_by_month(company: Company) -> None:
    rows = run(company, ACQUISITION)
    assert [str(month.date()) for month, *_ in rows] == ["2026-01-01", "2026-02-01", "2026-03-01"]
    for month, customers, activated, _ in rows:
        assert customers == company.value("accounts_signed_up_monthly", str(month.date()))
        assert activated == company.value("accounts_first_paid_monthly", str(month.date()))
    assert any(days is not None for *_, days in rows)


def test_use_of_the_api_by_day(company: Company) -> None:
    rows = run(company, API_USAGE)
    assert len(rows) > 20  # from the first call to the newest delivery
    assert sum(calls for _, calls, _ in rows) > 0
    assert all((calls == 0) == (milliseconds is None) for _, calls, milliseconds in rows)


def test_health_of_accounts(company: Company) -> None:
    rows = run(company, HEALTH)
    there = [(n,) for n in [sum(count for _, count, _ in rows)]]
    assert there == run(company, "SELECT count(*) FROM account_health WHERE date = CURRENT_DATE")
    assert sum(share for *_, share in rows) == pytest.approx(100, abs=0.05)


def test_active_organizations_by_month(company: Company) -> None:
    rows = run(company, ORGANIZATIONS)
    assert [str(month.date()) for month, _ in rows] == ["2026-03-01", "2026-02-01", "2026-01-01"]
    ends = (str(LAST), "2026-02-28", "2026-01-31")
    assert [int(organizations) for _, organizations in rows] == [
        company.value("organizations_active_monthly", end) for end in ends
    ]

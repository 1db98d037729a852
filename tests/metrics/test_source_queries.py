"""Queries that the sources print for analysts, as written but for the names in docs/names.md."""

from typing import Any

from metrics.conftest import LAST, Company

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
        assert revenue is None

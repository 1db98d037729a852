"""Every metric of accounts that ships, counted by hand on three accounts.

Health is the seat utilization alone, from 0 to 100. What happens in 2026:

acme  created Jan 1; starts on Jan 10 with one seat for 100, 150 from Feb 5, 120 from Apr 10; a
      payment fails on May 20 and recovers on May 25. Its one member is active all the time.
      trial Jan 1-9, new_paid 10-Feb 4, expanding Feb 5-Mar 6 (against 30 days ago), active
      Mar 7-Apr 9, contracting Apr 10-May 9, active May 10-19, frozen May 20-24, active from May 25
bolt  created Jan 5, its trial ends on Feb 4; starts on May 10 with one unused seat for 50.
      trial Jan 5-Feb 4, churned Feb 5-May 9, reactivated May 10-Jun 8, at_risk from Jun 9
core  created Feb 1; starts on Feb 11 with ten unused seats for 200; ends on Apr 20.
      trial Feb 1-10, new_paid Feb 11-Mar 12, at_risk Mar 13-Jun 19 (from Apr 20 on lapsed), churned
      from Jun 20
"""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from metrics.conftest import Company
from monstera.warehouse import Warehouse

ACCOUNTS = """
tiers: [starter, professional]
health_model: used_seats
health_models:
  used_seats: {components: {seats: {weight: 1, inputs: {seat_utilization: [0, 1]}}}}
"""


@pytest.fixture(scope="module")
def three(
    new_warehouse: Callable[[], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> Company:
    """The three accounts, published as of 30 June."""
    warehouse = new_warehouse()
    three = Company(warehouse, tmp_path_factory.mktemp("three"), accounts=ACCOUNTS)
    for name, day in {"acme": "01-01", "bolt": "01-05", "core": "02-01"}.items():
        three.account(name, f"2026-{day} 09:00+00")
    for name, day, kind, metadata in (
        ("acme", "01-10", "subscription_started", {"tier": "starter", "seats": 1, "mrr": 100}),
        ("acme", "02-05", "subscription_changed", {"mrr": 150}),
        ("acme", "04-10", "subscription_changed", {"mrr": 120, "reason": "price"}),
        ("acme", "05-20", "payment_failed", {}),
        ("acme", "05-25", "payment_recovered", {}),
        ("bolt", "05-10", "subscription_started", {"tier": "starter", "seats": 1, "mrr": 50}),
        ("core", "02-11", "subscription_started", {"seats": 10, "mrr": 200}),
        ("core", "04-20", "subscription_canceled", {"reason": "switched"}),
    ):  # fmt: skip
        three.event(name, f"2026-{day} 10:00+00", kind, entity_type="account", **metadata)
    three.person("ann", "2026-01-10 10:00+00", plan="trial", account="acme")
    three.becomes("ann", "2026-01-12 10:00+00", None, "pro")
    three.moves("ann", "2026-01-12 10:00:01+00", "acme")
    day = date(2026, 1, 10)
    while day < date(2026, 6, 30):
        three.event("ann", f"{day} 11:00+00", "used")
        day += timedelta(days=20)
    three.row(
        "ad_spend", spent_on="2026-02-10", platform="web", campaign="new", channel="search",
        amount=90, currency="USD",
    )  # fmt: skip
    three.deliver("2026-02-28")
    three.rebuild("2026-06-30")
    return three


BY_HAND = {
    # states
    "accounts_total_daily": ("02-10", 3),
    "accounts_in_state_trial_daily": ("01-09", 2),  # acme, bolt
    "accounts_in_state_new_paid_daily": ("01-10", 1),
    "accounts_in_state_active_daily": ("03-08", 1),
    "accounts_in_state_expanding_daily": ("02-10", 1),
    "accounts_in_state_contracting_daily": ("04-12", 1),
    "accounts_in_state_frozen_daily": ("05-22", 1),
    "accounts_in_state_churned_daily": ("02-06", 1),
    "accounts_in_state_reactivated_daily": ("05-12", 1),
    "accounts_at_risk_daily": ("03-13", 1),
    "accounts_share_at_risk_daily": ("03-13", 1 / 3),
    "accounts_share_trial_daily": ("01-09", 1),
    "accounts_share_new_paid_daily": ("01-10", 0.5),  # acme, beside bolt
    "accounts_share_active_daily": ("03-08", 1 / 3),
    "accounts_share_contracting_daily": ("04-12", 1 / 3),
    "accounts_share_frozen_daily": ("05-22", 1 / 3),
    "accounts_share_churned_daily": ("02-06", 1 / 3),
    "accounts_share_reactivated_daily": ("05-12", 1 / 3),
    "accounts_share_expanding_daily": ("02-10", 1 / 3),
    "accounts_active_monthly": ("03-08", 1),  # acme
    "accounts_active_share_monthly": ("03-08", 1 / 3),
    "accounts_health_mean_daily": ("03-08", 50),  # acme 100, core 0, bolt has no seats
    "accounts_health_below_50_daily": ("03-08", 1),  # core
    # flows
    "accounts_signed_up_daily": ("01-01", 1),
    "accounts_signed_up_monthly": ("01-01", 2),
    "accounts_first_paid_daily": ("01-10", 1),
    "accounts_first_paid_monthly": ("02-01", 1),  # core
    "accounts_expanded_daily": ("02-05", 1),
    "accounts_expanded_monthly": ("02-01", 1),
    "accounts_contracted_daily": ("04-10", 1),
    "accounts_contracted_monthly": ("04-01", 1),
    "accounts_became_at_risk_daily": ("03-13", 1),
    "accounts_became_at_risk_monthly": ("04-01", 0),  # core's lapse is no step: it was at risk
    "accounts_frozen_daily": ("05-20", 1),
    "accounts_frozen_monthly": ("05-01", 1),
    "accounts_churned_daily": ("02-05", 1),
    "accounts_churned_monthly": ("06-01", 1),  # core
    "accounts_reactivated_daily": ("05-10", 1),
    "accounts_reactivated_monthly": ("05-01", 1),
    "accounts_churn_rate_daily": ("02-05", 1 / 3),  # bolt of all three on Feb 4
    "accounts_churn_rate_monthly": ("02-01", 0.5),  # bolt of acme, bolt on Jan 31
    "accounts_expansion_rate_monthly": ("02-01", 1),  # acme, the only one paying on Jan 31
    "accounts_contraction_rate_monthly": ("04-01", 0.5),  # acme of acme, core on Mar 31
    "accounts_at_risk_churn_rate_monthly": ("06-01", 1),  # core
    "accounts_reactivation_rate_monthly": ("05-01", 1),  # bolt
    # times
    "accounts_days_in_trial_monthly": ("02-01", 20.5),  # bolt 31, core 10
    "accounts_days_in_new_paid_monthly": ("02-01", 26),  # acme Jan 10-Feb 5
    "accounts_days_in_expanding_monthly": ("03-01", 30),
    "accounts_days_in_active_monthly": ("04-01", 34),  # Mar 7-Apr 10
    "accounts_days_in_contracting_monthly": ("05-01", 30),
    "accounts_days_in_frozen_monthly": ("05-01", 5),
    "accounts_days_in_churned_monthly": ("05-01", 94),  # bolt Feb 5-May 10
    "accounts_days_in_reactivated_monthly": ("06-01", 30),
    "accounts_days_in_at_risk_monthly": ("06-01", 99),  # core Mar 13-Jun 20
    "accounts_days_to_paid_monthly": ("01-01", 9),  # acme
    "accounts_days_to_paid_monthly_median": ("02-01", 10),  # core
    "accounts_days_to_expansion_monthly": ("02-01", 26),
    "accounts_days_at_risk_monthly_before_churn": ("06-01", 99),
    "accounts_trial_to_paid_rate_weekly": ("02-02", 0),  # bolt's ends on Feb 4
    "accounts_trial_to_paid_rate_monthly": ("03-01", 1),  # core's would end on Mar 3
    # revenue
    "accounts_paying_daily": ("03-08", 2),
    "accounts_recurring_revenue_daily": ("03-08", 350),
    "accounts_mean_revenue_daily": ("03-08", 175),
    "accounts_mean_users_daily": ("01-15", 0.5),  # ann, of acme and bolt
    "accounts_revenue_at_risk_daily": ("03-13", 200),
    "accounts_revenue_in_dunning_daily": ("05-22", 120),
    "accounts_net_revenue_retention_monthly": ("02-01", 1.5),  # acme 150 / 100
    "accounts_gross_revenue_retention_monthly": ("04-01", 120 / 350),  # acme of acme and core
    "accounts_logo_churn_rate_monthly": ("04-01", 0.5),
    "accounts_expansion_retention_rate_monthly": ("03-01", 1),  # acme, expanding on Feb 28
    "accounts_revenue_expansion_rate_monthly": ("02-01", 0.5),
    "accounts_revenue_contraction_rate_monthly": ("04-01", 30 / 350),
    "accounts_revenue_churn_rate_monthly": ("04-01", 200 / 350),
    "accounts_revenue_gained_daily": ("02-05", 50),
    "accounts_revenue_gained_monthly": ("02-01", 250),  # acme 50, core 200
    "accounts_revenue_lost_daily": ("04-20", 200),
    "accounts_revenue_lost_monthly": ("04-01", 230),  # acme 30, core 200
    "accounts_revenue_new_monthly": ("02-01", 200),
    "accounts_revenue_expanded_monthly": ("02-01", 50),
    "accounts_revenue_contracted_monthly": ("04-01", 30),
    "accounts_revenue_churned_monthly": ("04-01", 200),
    "accounts_revenue_quick_ratio_monthly": ("04-01", 0),  # 0 / 230
    "accounts_lifetime_value_monthly": ("04-01", 240),  # 120 / 0.5
    "ads_spent_monthly": ("02-01", 90),
    "accounts_acquisition_cost_monthly": ("02-01", 90),  # for core
}


@pytest.mark.parametrize("metric", BY_HAND)
def test_as_counted_by_hand(three: Company, metric: str) -> None:
    day, expected = BY_HAND[metric]
    assert three.value(metric, f"2026-{day}") == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("metric", "day", "key", "segment", "expected"),
    [
        ("accounts_recurring_revenue_daily", "03-13", "state", "at_risk", 200),
        ("accounts_recurring_revenue_daily", "03-13", "tier", "starter", 150),
        ("accounts_total_daily", "02-10", "tier", "none", 2),  # who never paid has no tier
        ("accounts_total_daily", "02-10", "signup_month", "2026-01", 2),
        ("accounts_net_revenue_retention_monthly", "04-01", "state", "at_risk", 0),
        ("accounts_net_revenue_retention_monthly", "04-01", "state", "active", 0.8),  # 120 / 150
        ("accounts_revenue_churned_monthly", "04-01", "state", "at_risk", 200),
        ("accounts_churn_rate_monthly", "02-01", "state", "trial", 1),
        ("accounts_churn_rate_monthly", "02-01", "state", "new_paid", 0),
        ("accounts_contracted_monthly", "04-01", "reason", "price", 1),  # acme
        (
            "accounts_churned_monthly",
            "06-01",
            "reason",
            "switched",
            1,
        ),  # core
        (
            "accounts_churned_monthly",
            "02-01",
            "reason",
            "trial_expired",
            1,
        ),  # bolt
        ("accounts_frozen_monthly", "05-01", "reason", "payment_problem", 1),
        # by the first member: ann signed up for the trial and is pro soon after, core has nobody
        ("accounts_net_revenue_retention_monthly", "04-01", "signup_plan", "trial", 0.8),
        ("accounts_first_paid_monthly", "01-01", "signup_plan", "trial", 1),
        ("accounts_first_paid_monthly", "02-01", "first_product", "none", 1),
        # nobody came by search: core, won in February, costs it all the same, and no channel does
        ("accounts_acquisition_cost_monthly", "02-01", "signup_plan", "unknown", 90),
        ("ads_spent_monthly", "02-01", "acquisition_source", "search", 90),
    ],
)
def test_by_segment(
    three: Company, metric: str, day: str, key: str, segment: str, expected: float
) -> None:
    assert three.value(metric, f"2026-{day}", key, segment) == pytest.approx(expected)


def test_every_metric_of_accounts_is_counted_by_hand(three: Company) -> None:
    declared = (m for m in three.metrics.values() if m.formula.kind != "sql")
    assert {m.id for m in declared if m.entity == "accounts"} <= BY_HAND.keys()


def test_what_comes_from_a_feed_has_no_values_while_nothing_is_delivered(three: Company) -> None:
    months = three.rows(
        "select distinct date::text from gold.metric_values"
        " where metric_id = 'accounts_acquisition_cost_monthly'"
    )
    assert months == [("2026-02-01",)]  # nothing else was delivered, and 0 would be wrong

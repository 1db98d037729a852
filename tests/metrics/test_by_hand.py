"""Every metric that ships, counted by hand on five people; sql and segment have their own cases.

Days: new 5, active 4, churn 9. What happens (January 2026 unless said; the 5th is a Monday):

ada  DE  signs up 5.; uses on 5. 6. (editor) 12. 13. 19., Feb 4 (editor), Feb 18
         active 5.-10., dormant 11., returning 12., active 13.-17., dormant 18., returning 19.,
         active 20.-23., dormant 24.-28., churned 29.-Feb 3, reactivated Feb 4, active Feb 5-8,
         dormant Feb 9-13, churned Feb 14-17, reactivated Feb 18, ...
bob  US  signs up 6., never active: new 6.-11., churned 12.-19., deleted 20.
cid  DE  signs up 7.; uses on 14. (workspace): new 7.-12., churned 13., reactivated 14., active
         15.-18., dormant 19.-23., churned from 24.
dan  US  signs up 8.; uses on 8. (editor), configures it on 9. a day later to the hour; a payment
         fails on 9. and recovers on 11.: active 8., dunning 9.-10., active 11.-12., dormant
         13.-17., churned from 18.
eve  FR  signs up 28., uses on 30., and looks at the editor then: new 28.-29., active 30.-Feb 3,
         dormant Feb 4-8, churned from Feb 9
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from lifecycle.world import uid
from metrics.conftest import Company
from monstera.warehouse import Warehouse

LIFECYCLE = "business_time_zone: UTC\nnew_days: 5\nactive_days: 4\nchurn_days: 9\n"
EDITOR = "activation_definition: [{events: [configured], timeframe_days: 3}]"
JAN, FEB = "2026-01-", "2026-02-"


@pytest.fixture(scope="module")
def five(
    new_warehouse: Callable[[], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> Company:
    """The five people, published as of 28 February."""
    warehouse = new_warehouse()
    folder: Path = tmp_path_factory.mktemp("five")
    five = Company(
        warehouse, folder, lifecycle=LIFECYCLE, products={"editor": EDITOR, "workspace": ""}
    )
    people = {"ada": ("05", "DE"), "bob": ("06", "US"), "cid": ("07", "DE"), "dan": ("08", "US")}
    for name, (day, country) in {**people, "eve": ("28", "FR")}.items():
        five.person(name, f"{JAN}{day} 09:00+00", country)
    for what, metadata in (
        ("finished", {}), ("finished", {"failed": True}), ("finished", {"failed": False}),
        ("gave_up", {"error_code": "x"}), ("gave_up", {}),
    ):  # fmt: skip
        five.event("ada", f"{JAN}27 10:00+00", what, event_id=f"{what} {metadata}", **metadata)
    five.event("bob", f"{JAN}20 10:00+00", "user_deleted", reason="requested")
    five.event("dan", f"{JAN}10 10:00+00", "set_up")
    five.event("dan", f"{JAN}11 10:00+00", "finished")
    five.event("eve", f"{FEB}03 10:00+00", "set_up")
    for day, what in (("20", "project_created"), ("20", "video_created"), ("21", "video_created")):
        five.event("eve", f"{FEB}{day} 10:00+00", what)
    for hour, amount, milliseconds in (("08", 10, 100), ("09", 30.5, 300)):
        at = f"{JAN}27 {hour}:00+00"
        five.row("api_usage", call_id=hour, called_at=at, response_time_ms=milliseconds)
        five.row(
            "payments", invoice_id=hour, revenue_type="usage", processed_at=at, amount=amount,
            currency="USD", account_id=uid("payer"),
        )  # fmt: skip
    for name, day, what, product in (
        ("ada", f"{JAN}05", "used", "editor"), ("ada", f"{JAN}06", "used", "editor"),
        ("ada", f"{JAN}12", "used", None), ("ada", f"{JAN}13", "used", None),
        ("ada", f"{JAN}19", "used", None), ("ada", f"{FEB}04", "used", "editor"),
        ("ada", f"{FEB}18", "used", None),
        ("cid", f"{JAN}14", "used", "workspace"), ("dan", f"{JAN}08", "used", "editor"),
        ("dan", f"{JAN}09", "configured", "editor"), ("dan", f"{JAN}09", "payment_failed", None),
        ("dan", f"{JAN}11", "payment_recovered", None), ("eve", f"{JAN}30", "used", None),
        ("eve", f"{JAN}30", "viewed", "editor"),
    ):  # fmt: skip
        five.event(name, f"{day} 10:00+00", what, product)
    five.deliver()
    five.rebuild(f"{FEB}28")
    return five


THIRD = 1 / 3
BY_HAND = {
    # who is there
    "users_active_daily": (f"{JAN}14", 1),  # cid
    "users_active_weekly": (f"{JAN}14", 3),  # 8.-14.: ada, cid, dan
    "users_active_monthly": (f"{FEB}04", 4),  # Jan 6-Feb 4: ada, cid, dan, eve
    "users_stickiness_daily": (f"{JAN}14", THIRD),  # cid of ada, cid, dan
    "users_stickiness_weekly": (f"{JAN}14", 1),  # 3 of 3
    "users_active_weekly_calendar": (f"{JAN}12", 2),  # ada, cid
    "users_active_monthly_calendar": (f"{JAN}01", 4),  # all but bob
    "users_growth_new_daily": (f"{JAN}14", 1),  # cid
    "users_growth_retained_daily": (f"{JAN}13", 1),  # ada, there on the 12th
    "users_growth_resurrected_daily": (f"{JAN}12", 1),  # ada, last there on the 6th
    "users_growth_gained_daily": (f"{JAN}12", 1),  # ada
    "users_growth_churned_daily": (f"{JAN}14", 1),  # ada, there on the 13th
    "users_quick_ratio_daily": (f"{JAN}14", 1),  # cid for ada
    "users_growth_new_weekly": (f"{JAN}05", 2),  # ada, dan
    "users_growth_retained_weekly": (f"{JAN}12", 1),  # ada
    "users_growth_resurrected_weekly": (f"{FEB}02", 1),  # ada, not there from Jan 26 to Feb 1
    "users_growth_gained_weekly": (f"{JAN}05", 2),  # ada, dan
    "users_growth_churned_weekly": (f"{JAN}12", 1),  # dan
    "users_quick_ratio_weekly": (f"{JAN}12", 1),  # cid for dan
    "users_growth_new_monthly": (f"{JAN}01", 4),  # all but bob
    "users_growth_retained_monthly": (f"{FEB}01", 1),  # ada
    "users_growth_resurrected_monthly": (f"{FEB}01", 0),  # nobody was away for a month
    "users_growth_gained_monthly": (f"{JAN}01", 4),
    "users_growth_churned_monthly": (f"{FEB}01", 3),  # cid, dan, eve
    "users_quick_ratio_monthly": (f"{FEB}01", 0),  # 0 / 3
    # states
    "users_total_daily": (f"{JAN}28", 4),  # five, bob deleted
    "users_in_state_new_daily": (f"{JAN}08", 2),  # bob, cid
    "users_in_state_active_daily": (f"{JAN}08", 2),  # ada, dan
    "users_in_state_returning_daily": (f"{JAN}12", 1),  # ada
    "users_in_state_dormant_daily": (f"{JAN}14", 1),  # dan
    "users_in_state_churned_daily": (f"{JAN}14", 1),  # bob
    "users_in_state_reactivated_daily": (f"{JAN}14", 1),  # cid
    "users_in_state_dunning_daily": (f"{JAN}10", 1),  # dan
    "users_in_state_deleted_daily": (f"{JAN}20", 1),  # bob
    "users_share_new_daily": (f"{JAN}08", 0.5),  # bob, cid of four
    "users_share_active_daily": (f"{JAN}08", 0.5),  # ada, dan of four
    "users_share_returning_daily": (f"{JAN}12", 0.25),
    "users_share_dormant_daily": (f"{JAN}14", 0.25),
    "users_share_churned_daily": (f"{JAN}14", 0.25),
    "users_share_reactivated_daily": (f"{JAN}14", 0.25),
    "users_share_dunning_daily": (f"{JAN}10", 0.25),
    "users_at_risk_of_dormancy_daily": (f"{JAN}14", 2),  # ada active, cid reactivated
    "users_at_risk_of_churn_daily": (f"{JAN}14", 3),  # and dan dormant
    "users_with_payment_problem_daily": (f"{JAN}10", 1),  # dan
    # flows, and those who could
    "users_signed_up_daily": (f"{JAN}07", 1),  # cid
    "users_signed_up_weekly": (f"{JAN}05", 4),  # all but eve
    "users_signed_up_monthly": (f"{JAN}01", 5),
    "users_churned_daily": (f"{JAN}18", 1),  # dan
    "users_churn_rate_daily": (f"{JAN}18", THIRD),  # dan of ada, cid, dan on the 17th
    "users_churned_weekly": (f"{JAN}12", 1),  # dan; cid churned from new
    "users_churn_rate_weekly": (f"{JAN}12", 0.5),  # dan of dormant ada and active dan on the 11th
    "users_churned_monthly": (f"{FEB}01", 1),  # eve; ada was churned at the start
    "users_churn_rate_monthly": (f"{FEB}01", 1),  # eve of eve
    "users_became_dormant_daily": (f"{JAN}13", 1),  # dan
    "users_dormancy_rate_daily": (f"{JAN}13", 0.5),  # dan of returning ada and active dan
    "users_became_dormant_weekly": (f"{JAN}12", 1),  # dan; ada was dormant at the start
    "users_dormancy_rate_weekly": (f"{JAN}12", 1),  # dan of dan
    "users_became_dormant_monthly": (f"{FEB}01", 1),  # eve
    "users_dormancy_rate_monthly": (f"{FEB}01", 1),
    "users_won_back_daily": (f"{JAN}12", 1),  # ada
    "users_win_back_rate_daily": (f"{JAN}12", 1),  # the one dormant on the 11th
    "users_won_back_weekly": (f"{JAN}12", 1),
    "users_win_back_rate_weekly": (f"{JAN}12", 1),
    "users_won_back_monthly": (f"{FEB}01", 0),  # nobody was dormant on January 31
    "users_win_back_rate_monthly": (f"{FEB}01", None),  # 0 of 0
    "users_reactivated_daily": (f"{FEB}04", 1),  # ada
    "users_reactivation_rate_daily": (f"{FEB}04", THIRD),  # of churned ada, cid, dan
    "users_reactivated_weekly": (f"{FEB}02", 1),
    "users_reactivation_rate_weekly": (f"{FEB}02", THIRD),
    "users_reactivated_monthly": (f"{FEB}01", 1),  # ada twice is one user
    "users_reactivation_rate_monthly": (f"{FEB}01", THIRD),
    "users_deleted_daily": (f"{JAN}20", 1),  # bob
    "users_deletion_rate_daily": (f"{JAN}20", 0.25),  # of four on the 19th
    "users_deleted_weekly": (f"{JAN}19", 1),
    "users_deletion_rate_weekly": (f"{JAN}19", 0.25),
    "users_deleted_monthly": (f"{FEB}01", 0),
    "users_deletion_rate_monthly": (f"{FEB}01", 0),  # 0 of 4
    # times
    "users_days_in_new_weekly": (f"{JAN}12", 6),  # bob 6.-12., cid 7.-13.
    "users_days_in_new_weekly_median": (f"{JAN}12", 6),
    "users_days_in_active_weekly": (f"{JAN}12", 3.5),  # dan 11.-13., ada 13.-18.: (2 + 5) / 2
    "users_days_in_active_weekly_median": (f"{JAN}12", 3.5),
    "users_days_in_dormant_weekly": (f"{JAN}12", 3),  # ada 11.-12., dan 13.-18.: (1 + 5) / 2
    "users_days_in_dormant_weekly_median": (f"{JAN}12", 3),
    "users_days_in_churned_weekly": (f"{JAN}12", 1),  # cid 13.-14.
    "users_days_in_churned_weekly_median": (f"{JAN}12", 1),
    "users_days_in_dunning_weekly": (f"{JAN}05", 2),  # dan 9.-11.
    "users_days_in_dunning_weekly_median": (f"{JAN}05", 2),
    "users_days_to_first_action_weekly": (f"{JAN}26", 2),  # eve 28.-30.
    "users_days_to_churn_weekly": (f"{JAN}12", 10),  # dan 8.-18.; bob and cid had done nothing
    "users_days_to_reactivation_weekly": (f"{JAN}12", 1),  # cid 13.-14.
    # those who came together
    "users_activation_rate_daily": (f"{JAN}07", 1),  # cid on day 7
    "users_activation_rate_weekly": (f"{JAN}05", 0.75),  # all but bob of four
    "users_activation_rate_monthly": (f"{JAN}01", 0.8),  # all but bob of five
    "users_retained_weekly_on_day_1": (f"{JAN}05", 0.25),  # ada
    "users_retained_weekly_from_day_1": (f"{JAN}05", 0.5),  # ada, cid
    "users_retained_weekly_on_day_7": (f"{JAN}05", 0.5),  # ada, cid
    "users_retained_weekly_from_day_7": (f"{JAN}05", 0.5),
    "users_retained_weekly_on_day_14": (f"{JAN}05", 0.25),  # ada
    "users_retained_weekly_from_day_14": (f"{JAN}05", 0.25),
    "users_retained_weekly_on_day_30": (f"{JAN}05", 0.25),  # ada on February 4
    "users_retained_weekly_from_day_30": (f"{JAN}05", 0.25),
    "users_retained_monthly_on_day_1": (f"{JAN}01", 0.2),  # ada of five
    "users_retained_monthly_from_day_1": (f"{JAN}01", 0.6),  # ada, cid, eve
    "users_retained_monthly_on_day_7": (f"{JAN}01", 0.4),  # ada, cid
    "users_retained_monthly_from_day_7": (f"{JAN}01", 0.4),
    "users_retained_monthly_on_day_14": (f"{JAN}01", 0.2),  # ada
    "users_retained_monthly_from_day_14": (f"{JAN}01", 0.2),
    "users_retained_monthly_on_day_30": (f"{JAN}01", None),  # known on March 2
    "users_retained_monthly_from_day_30": (f"{JAN}01", None),
    "users_reactivation_sustained_daily": (f"{JAN}14", 0),  # cid not on February 13
    "users_return_retention_weekly": (f"{JAN}19", 1),  # ada of the 19th on February 18
    "users_active_rate_monthly": (f"{FEB}01", 0.2),  # ada of five signups
    # products: the editor
    "users_of_products_active_daily": (f"{JAN}08", 1),  # dan
    "users_of_products_active_monthly": (f"{JAN}14", 2),  # ada, dan
    "users_of_products_stickiness_daily": (f"{JAN}08", 0.5),  # dan of ada and dan
    "users_of_products_adopted_daily": (f"{JAN}30", 3),  # ada, dan, eve
    "users_of_products_in_state_new_daily": (f"{JAN}30", 1),  # eve only looked
    "users_of_products_in_state_active_daily": (f"{JAN}08", 2),  # ada, dan
    "users_of_products_in_state_dormant_daily": (f"{JAN}14", 2),  # ada 11.-15., dan 13.-17.
    "users_of_products_in_state_churned_daily": (f"{JAN}18", 2),
    "users_of_products_in_state_reactivated_daily": (f"{FEB}04", 1),  # ada
    "users_of_products_days_to_activation_weekly": (f"{JAN}05", 1),  # dan, a day to the hour
    "users_of_products_retained_weekly_in_week_1": (f"{JAN}05", 0),  # of ada and dan
    "users_of_products_retained_weekly_in_week_2": (f"{JAN}05", 0),
    "users_of_products_retained_weekly_in_week_4": (f"{JAN}05", 0.5),  # ada on Feb 4
    "users_of_products_retained_weekly_in_week_8": (f"{JAN}05", None),
    "users_of_products_adoption_rate_daily": (f"{JAN}14", 2 / 3),  # ada, dan of those and cid
    "users_of_products_adoption_rate_monthly": (f"{FEB}04", 3 / 4),  # eve looked; cid never
    "users_of_features_adoption_rate_daily": (f"{JAN}30", None),  # no segments, no features
    "users_of_features_adoption_rate_monthly": (f"{JAN}30", None),
    # by calendar periods after the signup; week 8 and months 2, 3 and 6 are not over yet
    "users_retained_weekly_in_week_1": (f"{JAN}05", 0.5),  # ada, cid of four
    "users_retained_weekly_in_week_2": (f"{JAN}05", 0.25),  # ada on the 19th
    "users_retained_weekly_in_week_4": (f"{JAN}05", 0.25),  # ada on Feb 4
    "users_retained_weekly_in_week_8": (f"{JAN}05", None),
    "users_retained_weekly_from_week_1": (f"{JAN}05", 0.5),
    "users_retained_weekly_from_week_2": (f"{JAN}05", 0.25),
    "users_retained_weekly_from_week_4": (f"{JAN}05", 0.25),
    "users_retained_weekly_from_week_8": (f"{JAN}05", None),
    "users_retained_monthly_in_month_1": (f"{JAN}01", 0.2),  # ada of five
    "users_retained_monthly_in_month_2": (f"{JAN}01", None),
    "users_retained_monthly_in_month_3": (f"{JAN}01", None),
    "users_retained_monthly_in_month_6": (f"{JAN}01", None),
    "users_retained_monthly_from_month_1": (f"{JAN}01", 0.2),
    "users_retained_monthly_from_month_2": (f"{JAN}01", None),
    "users_retained_monthly_from_month_3": (f"{JAN}01", None),
    "users_retained_monthly_from_month_6": (f"{JAN}01", None),
    # events
    "events_volume_daily": (f"{JAN}09", 2),  # configured, payment_failed
    "payments_failed_daily": (f"{JAN}09", 1),  # dan
    "workflows_run_daily": (f"{JAN}27", 3),  # finished
    "errors_occurred_daily": (f"{JAN}27", 2),  # one finished, one gave up
    "errors_rate_daily": (f"{JAN}27", 2 / 3),
    "videos_created_all_time": (f"{FEB}28", 2),
    "projects_created_all_time": (f"{FEB}28", 1),
    "projects_mean_videos_daily": (f"{FEB}20", 1),  # the second video comes on the 21st
    # sessions: ada's five events at 10:00, and those of the others each alone
    "sessions_begun_daily": (f"{JAN}27", 1),
    "sessions_length_in_minutes_daily": (f"{JAN}27", 0),
    "sessions_length_in_minutes_daily_median": (f"{JAN}27", 0),
    "sessions_share_daily_by_location": (f"{JAN}27", 1),
    # why they go
    "users_deleted_voluntarily_weekly": (f"{JAN}19", 1),  # bob, requested
    "users_deletion_rate_weekly_voluntarily": (f"{JAN}19", 0.25),
    "users_deleted_involuntarily_weekly": (f"{JAN}19", 0),
    "users_deletion_rate_weekly_involuntarily": (f"{JAN}19", 0),
    # to first value, in minutes
    "users_minutes_to_signup_weekly": (f"{JAN}05", None),  # nobody is seen before
    "users_minutes_to_activation_weekly": (f"{JAN}05", 2940),  # dan on the 10th: two days, an hour
    "users_minutes_to_first_access_weekly": (f"{JAN}05", 60),  # ada and dan, an hour each
    "users_minutes_to_first_action_weekly": (f"{JAN}26", 0),  # eve, at the moment of her first look
    "users_minutes_to_first_success_weekly": (f"{JAN}26", 31680),  # ada, 22 days after the 5th
    "users_minutes_to_first_value_weekly": (f"{JAN}26", 31740),  # and an hour since her signup
    # feeds
    "calls_to_api_daily": (f"{JAN}27", 2),
    "calls_response_time_daily_p95": (f"{JAN}27", 290),  # 100 + 0.95 * 200
    "payments_processed_daily": (f"{JAN}27", 2),
    "payments_collected_daily": (f"{JAN}27", 40.5),  # 10 + 30.5
    # funnels
    "users_signup_conversion_daily": (f"{JAN}28", 1),  # eve on day 6
    "users_onboarding_funnel_weekly_first_action": (f"{JAN}05", 0.75),  # all but bob
    "users_onboarding_funnel_weekly_activated": (f"{JAN}05", THIRD),  # dan of ada, cid, dan
    "users_onboarding_funnel_weekly_first_success": (f"{JAN}05", 1),  # dan
    "users_onboarding_minutes_weekly_first_action": (f"{JAN}05", 60),  # ada, dan; cid 10,140
    "users_onboarding_minutes_weekly_activated": (f"{JAN}05", 2880),  # dan, 8th to 10th
    "users_onboarding_minutes_weekly_first_success": (f"{JAN}05", 1440),  # dan, a day later
    "users_paid_rate_weekly": (f"{JAN}05", 0),  # of four; all moments have a case
    "users_upgrade_rate_monthly": (f"{JAN}01", None),  # known 90 days later
    # nobody is seen before the signup
    "users_journey_funnel_weekly_considered": (f"{JAN}05", None),
    "users_journey_funnel_weekly_signed_up": (f"{JAN}05", None),
    "users_journey_funnel_weekly_activated": (f"{JAN}05", None),
    "users_journey_funnel_weekly_retained": (f"{JAN}05", None),
    "users_journey_funnel_weekly_expanded": (f"{JAN}05", None),
    "users_journey_funnel_weekly_recommended": (f"{JAN}05", None),
    "users_journey_minutes_weekly_considered": (f"{JAN}05", None),
    "users_journey_minutes_weekly_signed_up": (f"{JAN}05", None),
    "users_journey_minutes_weekly_activated": (f"{JAN}05", None),
    "users_journey_minutes_weekly_retained": (f"{JAN}05", None),
    "users_journey_minutes_weekly_expanded": (f"{JAN}05", None),
    "users_journey_minutes_weekly_recommended": (f"{JAN}05", None),
}  # fmt: skip


@pytest.mark.parametrize("metric", BY_HAND)
def test_as_counted_by_hand(five: Company, metric: str) -> None:
    day, expected = BY_HAND[metric]
    segment = ("product", "editor") if metric.startswith("users_of_products") else ("all", "all")
    found = five.value(metric, day, *segment)
    assert found == (expected if expected is None else pytest.approx(expected, abs=1e-9))


def test_every_metric_is_counted_by_hand(five: Company) -> None:
    of_accounts = {"accounts", "ads"}  # see test_accounts_by_hand
    assert BY_HAND.keys() == {
        metric.id
        for metric in five.metrics.values()
        if metric.formula.kind not in {"sql", "segment"} and metric.entity not in of_accounts
    }


def test_segments_sum_to_the_total_where_each_user_counts_once(five: Company) -> None:
    differing = five.rows(
        """
        select t.metric_id, t.date, s.segment_key, t.value, sum(s.value)
        from gold.metric_values as t
        join ref.metrics as m on m.metric_id = t.metric_id
        join gold.metric_values as s on s.metric_id = t.metric_id and s.date = t.date
        where t.segment_key = 'all' and s.segment_key <> 'all'
            and m.kind in ('state_count', 'flow', 'distinct_active', 'sum')
        group by t.metric_id, t.date, s.segment_key, t.value
        having sum(s.value) <> t.value
        """
    )
    assert differing == []
    assert five.value("users_activation_rate_weekly", f"{JAN}05", "country", "US") == 0.5  # dan
    assert five.value("users_deleted_weekly", f"{JAN}19", "reason", "requested") == 1  # bob

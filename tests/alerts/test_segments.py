"""Rules that judge every segment for itself."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

MONDAY = date(2026, 1, 5)
NEXT_MONDAY = MONDAY + timedelta(weeks=1)
SUNDAY = NEXT_MONDAY + timedelta(days=6)

RULE = """
- id: churn_jump
  priority: P1
  metric: users_churn_rate_weekly
  segment: {by: country, min_population: %d}
  condition: {kind: change, against: previous_week, op: ">", value: 20, unit: percent}
  owner: growth
  runbook: docs/runbooks/churn.md
  tests:
    - {values: [1, 2], states: [no_data, firing]}
    - {values: [1, 1], states: [no_data, inactive]}
"""


def churn(days, country: str, before: float, after: float, users: int) -> None:
    for monday, value in ((MONDAY, before), (NEXT_MONDAY, after)):
        days.value("users_churn_rate_weekly", monday, value, grain="week", key="country",
                   segment=country, denominator=users)  # fmt: skip


def told(days) -> str:
    """Everything that any message says."""
    return str(days.fetch("select payload from ops.notification_outbox"))


def test_each_segment_is_an_incident_of_its_own(days, define) -> None:
    days.definitions = define(RULE % 200)
    churn(days, "DE", 0.020, 0.030, users=500)
    churn(days, "FR", 0.020, 0.021, users=500)
    churn(days, "LU", 0.020, 0.090, users=199)  # too few to say anything
    days.publish(SUNDAY)
    assert days.evaluate(SUNDAY).fired == ['churn_jump{"country":"DE"}']
    assert "Users Churn Rate Weekly (DE) up 50 %" in told(days)
    assert days.fetch("select segment ->> 'country', state from ops.alert_states order by 1") == [
        ("DE", "firing"), ("FR", "inactive"), ("LU", "inactive"),
    ]  # fmt: skip


def test_a_segment_that_is_gone_closes_after_three_periods_and_a_missing_one_does_not(
    days, define
) -> None:
    days.definitions = define(RULE % 0)
    churn(days, "DE", 0.020, 0.030, users=500)
    churn(days, "FR", 0.020, 0.030, users=500)
    states = []
    for week in range(4):
        sunday = SUNDAY + timedelta(weeks=week)
        if week:  # LU has values on, DE has none, and FR not even a row
            monday = sunday - timedelta(days=6)
            for country, value in (("LU", 0.01), ("DE", None)):
                days.value("users_churn_rate_weekly", monday, value, grain="week", key="country",
                           segment=country, denominator=500)  # fmt: skip
        days.publish(sunday)
        days.evaluate(sunday)
        states.append(dict(days.fetch("select segment ->> 'country', state from ops.alert_states")))
    assert [state["DE"] for state in states] == ["firing"] * 4
    assert [state["FR"] for state in states] == ["firing", "firing", "firing", "resolved"]


def test_nothing_of_any_segment_closes_nothing(days, define) -> None:
    days.definitions = define(RULE % 0)
    churn(days, "DE", 0.020, 0.030, users=500)
    for week in range(6):
        days.publish(SUNDAY + timedelta(weeks=week))
        days.evaluate(SUNDAY + timedelta(weeks=week))
    assert days.state() == "firing"


def test_a_failure_is_over_once_the_segments_are_judged(days, define) -> None:
    days.definitions = define(RULE % 200)
    churn(days, "DE", 0.020, 0.021, users=500)
    days.publish(SUNDAY)
    states = []
    for right in (
        "revoke select on gold.metric_values from",
        "grant select on gold.metric_values to",
    ):
        with days.warehouse.connect() as connection:
            connection.execute(f"{right} monstera_alerter")
        days.evaluate(SUNDAY)
        states.append(days.fetch("select segment, state from ops.alert_states order by 1"))
    assert states == [[({}, "error")], [({}, "inactive"), ({"country": "DE"}, "inactive")]]


SEVERAL = """
- id: shares_shift
  priority: P2
  metrics: [users_share_active_daily, users_share_churned_daily]
  window: {grain: week}
  condition: {kind: change, against: previous_week, op: ">", value: 5, unit: points}
  owner: data
  runbook: docs/runbooks/churn.md
  tests:
    - {values: [0.1, 0.2], states: [no_data, firing]}
    - {values: [0.1, 0.1], states: [no_data, inactive]}
- id: churn_of_two_weeks
  priority: P2
  metric: users_churn_rate_weekly
  window: {periods: 2}
  min_population: 300
  condition: {kind: threshold, op: ">", value: 0.04, unit: absolute}
  owner: data
  runbook: docs/runbooks/churn.md
  tests:
    - {values: [0.1], states: [firing]}
    - {values: [0.01], states: [inactive]}
"""


def test_rates_over_a_window_are_made_of_their_parts(days, define) -> None:
    """One day of 100 people at 80 % weighs no more than its people.

    Weeks of the active: 6 · 100 of 1,000 and 80 of 100 are 680 of 6,100 = 11.1 %, before it 2 %.
    The churned stay at 10 %. Churn of two weeks: (2 + 18) of (100 + 300) is 5 %.
    """
    days.definitions = define(SEVERAL)
    with days.warehouse.connect() as connection:
        rows = [
            ("users_share_active_daily", "day", MONDAY + timedelta(days=n), *parts)
            for n, parts in enumerate([(20, 1000)] * 7 + [(100, 1000)] * 6 + [(80, 100)])
        ]
        rows += [
            ("users_share_churned_daily", "day", MONDAY + timedelta(days=n), 100, 1000)
            for n in range(14)
        ]
        rows += [
            ("users_churn_rate_weekly", "week", MONDAY, 2, 100),
            ("users_churn_rate_weekly", "week", NEXT_MONDAY, 18, 300),
        ]
        connection.cursor().executemany(
            "insert into gold.metric_values (metric_id, grain, date, numerator, denominator, value,"
            " definition_version) values (%s, %s, %s, %s, %s, 0.5, 1)",
            rows,
        )
    days.publish(SUNDAY)
    days.evaluate(SUNDAY)
    assert days.fetch(
        "select rule_id, segment ->> 'metric', data_date, state, round(value, 4)"
        " from ops.alert_evaluations order by 1, 2"
    ) == [
        ("churn_of_two_weeks", None, NEXT_MONDAY, "firing", Decimal("0.05")),
        ("shares_shift", "users_share_active_daily", NEXT_MONDAY, "firing", Decimal("0.1115")),
        ("shares_shift", "users_share_churned_daily", NEXT_MONDAY, "inactive", Decimal("0.1")),
    ]
    assert "Users Share Active Daily up 9.1 points" in told(days)


@pytest.mark.parametrize(("users", "is_named"), [(9, False), (10, True)])
def test_a_group_of_fewer_than_ten_is_never_named(days, define, users: int, is_named) -> None:
    days.definitions = define(RULE % 0)
    churn(days, "Liechtenstein", 0.1, 0.3, users)
    days.publish(SUNDAY)
    days.evaluate(SUNDAY)
    assert ("Liechtenstein" in told(days)) is is_named
    assert ("(a small group) up 200 %" in told(days)) is not is_named


def test_the_end_tells_no_value_of_a_group_that_has_become_small(days, define) -> None:
    days.definitions = define(RULE % 20)
    churn(days, "DE", 0.02, 0.03, users=500)
    days.publish(SUNDAY)
    days.evaluate(SUNDAY)
    days.mark_sent()
    days.value("users_churn_rate_weekly", NEXT_MONDAY + timedelta(weeks=1), 0.1429, grain="week",
               key="country", segment="DE", denominator=7)  # fmt: skip
    days.publish(SUNDAY + timedelta(weeks=1))
    assert days.evaluate(SUNDAY + timedelta(weeks=1)).resolved == ['churn_jump{"country":"DE"}']
    ((sentence, numbers, series),) = days.fetch(
        "select payload ->> 'sentence', payload -> 'numbers', payload -> 'series'"
        " from ops.notification_outbox where kind = 'resolve'"
    )
    assert sentence.startswith(
        "Resolved, with fewer than 10 people behind it, in the week of 19 January 2026. What it was"
    )
    assert (numbers[0], series) == (["Value", "3 %"], None)


def test_many_segments_of_a_rule_travel_in_one_message(days, define) -> None:
    days.definitions = define(RULE % 0)
    for number in range(12):
        churn(days, f"C{number}", 0.02, 0.03 + number / 100, users=500)
    days.publish(SUNDAY)
    messages = days.evaluate(SUNDAY).messages
    assert (len(days.outbox()), messages) == (12, 1)

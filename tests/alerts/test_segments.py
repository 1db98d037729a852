"""Rules that judge every segment for itself."""

from datetime import date, timedelta

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


def test_a_segment_that_is_gone_does_not_resolve(days, define) -> None:
    days.definitions = define(RULE % 0)
    churn(days, "DE", 0.020, 0.030, users=500)
    days.publish(SUNDAY)
    days.evaluate(SUNDAY)
    later = SUNDAY + timedelta(weeks=1)
    days.publish(later)
    days.evaluate(later)
    assert days.fetch("select state from ops.alert_states") == [("firing",)]


@pytest.mark.parametrize(("users", "is_named"), [(9, False), (10, True)])
def test_a_group_of_fewer_than_ten_is_never_named(days, define, users: int, is_named) -> None:
    days.definitions = define(RULE % 0)
    churn(days, "Liechtenstein", 0.1, 0.3, users)
    days.publish(SUNDAY)
    days.evaluate(SUNDAY)
    assert ("Liechtenstein" in told(days)) is is_named
    assert ("(a small group) up 200 %" in told(days)) is not is_named


def test_many_segments_of_a_rule_travel_in_one_message(days, define) -> None:
    days.definitions = define(RULE % 0)
    for number in range(12):
        churn(days, f"C{number}", 0.02, 0.03 + number / 100, users=500)
    days.publish(SUNDAY)
    posted = days.evaluate(SUNDAY).posted
    assert (posted.fires, posted.messages) == (12, 1)

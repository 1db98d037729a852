"""Evaluating published days: states, incidents, and what is owed to whom."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monstera.alerts import acknowledge, evaluate, judge, silence
from monstera.alerts.handling import HandlingError
from monstera.definitions import Definitions

from .conftest import LATE, MONDAY, REFUSED, STALLED, watch

TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (MONDAY + timedelta(days=n) for n in range(1, 5))

CHURN = """
- id: churn_jump
  priority: P1
  metric: users_churn_rate_weekly
  condition: {kind: change, against: previous_week, op: ">", value: 20, unit: percent}
  escalate: {value: 40, priority: P0}
  owner: growth
  runbook: docs/runbooks/churn.md
  inhibited_by: [compliance_low]
  tests:
    - {values: [1, 2], states: [no_data, firing]}
    - {values: [1, 1], states: [no_data, inactive]}
"""
CLOCK = STALLED + LATE.replace("  owner:", "  escalate: {value: 24, priority: P0}\n  owner:")
CHECKS = """
- id: checks_failed
  priority: P1
  condition: {kind: check, severity: error}
  owner: data
  runbook: docs/runbooks/checks.md
  tests: [{values: [1], states: [firing]}, {values: [0], states: [inactive]}]
"""


def at(day: date, hour: int = 1) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour)


def test_one_message_when_it_fires_and_one_when_it_resolves(days) -> None:
    days.run(MONDAY, 0.99)
    assert days.outbox() == []
    report = days.run(TUESDAY, 0.90)
    assert report.fired == ["compliance_low"]
    assert days.outbox() == [("fire", 0)]
    days.mark_sent()
    assert days.run(WEDNESDAY, 0.97).resolved == ["compliance_low"]
    assert days.outbox() == [("fire", 0), ("resolve", 0)]
    days.run(THURSDAY, 0.99)
    assert days.outbox() == [("fire", 0), ("resolve", 0)]
    assert days.state() == "inactive"


def test_the_incident_keeps_its_story(days) -> None:
    for day, value in ((MONDAY, 0.90), (TUESDAY, 0.80), (WEDNESDAY, 0.93), (THURSDAY, 0.96)):
        days.run(day, value)
    (incident,) = days.fetch(
        "select opened_on, opened_at, last_seen_on, resolved_on, resolved_value, value,"
        " resolved_threshold, peak_value, threshold, owner, priority from ops.alert_incidents"
    )
    assert incident == (
        MONDAY, at(TUESDAY), WEDNESDAY, THURSDAY, Decimal("0.96"), Decimal("0.93"),
        Decimal("0.95"), Decimal("0.80"), Decimal("0.95"), "data", "P1",
    )  # fmt: skip
    evaluations = days.fetch(
        "select data_date, outcome, state, value from ops.alert_evaluations order by 1"
    )
    assert [row[1:3] for row in evaluations] == [
        ("breach", "firing"), ("breach", "firing"), ("breach", "firing"), ("clear", "resolved"),
    ]  # fmt: skip


def test_evaluating_a_day_again_writes_nothing(days) -> None:
    days.run(MONDAY, 0.90)
    tables = ("alert_evaluations", "alert_incidents", "alert_states", "notification_outbox")
    before = [days.fetch(f"select * from ops.{table}") for table in tables]
    report = days.evaluate(MONDAY)
    assert (report.evaluated, report.known, report.messages) == (0, 1, 0)
    assert [days.fetch(f"select * from ops.{table}") for table in tables] == before


def test_a_late_correction_of_an_evaluated_day_sends_nothing(days) -> None:
    days.run(MONDAY, 0.90)
    with days.warehouse.connect() as connection:
        connection.execute("update gold.metric_values set value = 0.99")
    days.evaluate(MONDAY)
    assert days.outbox() == [("fire", 0)]
    assert days.state() == "firing"


def test_an_earlier_day_changes_nothing(days) -> None:
    days.run(TUESDAY, 0.90)
    days.value("events_compliance_daily", MONDAY, 0.99)
    days.evaluate(MONDAY)
    assert days.state() == "firing"


def test_history_is_judged_in_silence_and_what_still_fires_is_told_when_live(days) -> None:
    for day, value in ((MONDAY, 0.9), (TUESDAY, 0.99), (WEDNESDAY, 0.9), (THURSDAY, 0.9)):
        days.run(day, value, notify=False)
    assert days.outbox() == []
    assert days.fetch("select count(*) from ops.alert_incidents") == [(2,)]
    days.run(FRIDAY, 0.9)
    assert days.outbox() == [("fire", 0)]
    ((opened_on,),) = days.fetch(
        "select opened_on from ops.alert_incidents where notified_at is not null"
    )
    assert opened_on == WEDNESDAY


def test_silent_history_owes_nothing_to_other_live_evaluations(days) -> None:
    days.run(MONDAY, 0.9, notify=False)
    watch(days.warehouse, days.definitions, at(TUESDAY, 5))
    assert days.outbox() == []


def test_a_resolve_is_not_sent_if_the_fire_never_left(days) -> None:
    days.run(MONDAY, 0.90)
    days.run(TUESDAY, 0.99)
    assert days.fetch("select kind, cancelled_at is null from ops.notification_outbox") == [
        ("fire", False)
    ]


def test_a_resolve_goes_to_those_who_got_the_fire(days, define) -> None:
    before = "default: {mail: [a@example.com, b@example.com]}\n"
    rules = (days.definitions.entries("alerts")[0]).content
    days.definitions = define(as_yaml([rules]), before)
    days.run(MONDAY, 0.90)
    with days.warehouse.connect() as connection:  # b's has not left yet
        connection.execute(
            "update ops.notification_outbox set sent_at = now() where receiver = 'a@example.com'"
        )
    days.definitions = define(as_yaml([rules]), "default: {mail: [c@example.com]}\n")
    days.run(TUESDAY, 0.99)
    assert days.fetch(
        "select receiver, kind, cancelled_at is not null from ops.notification_outbox"
        " order by receiver, kind"
    ) == [
        ("a@example.com", "fire", False),
        ("a@example.com", "resolve", False),
        ("b@example.com", "fire", True),
    ]


def as_yaml(content: object) -> str:
    return json.dumps(content)  # which is YAML too


def test_reminders_come_by_priority_until_somebody_takes_it_over(days) -> None:
    days.run(MONDAY, 0.90)
    days.mark_sent()
    fired = at(TUESDAY)
    for hours in (1, 3.9, 4, 4.5, 7.9, 8, 30):  # P1: every 4 hours
        days.evaluate(MONDAY, now=fired + timedelta(hours=hours))
        days.mark_sent()
    assert days.outbox() == [("fire", 0), ("reminder", 0), ("reminder", 1), ("reminder", 2)]
    ((incident_id,),) = days.fetch("select incident_id from ops.alert_incidents")
    acknowledge(days.warehouse, incident_id, "ada", fired + timedelta(hours=31))
    days.evaluate(MONDAY, now=fired + timedelta(hours=60))
    assert len(days.outbox()) == 4


def test_no_reminder_while_the_fire_itself_has_not_left(days) -> None:
    days.run(MONDAY, 0.90)
    days.evaluate(MONDAY, now=at(FRIDAY))
    assert days.outbox() == [("fire", 0)]


def test_a_silence_holds_back_and_what_fires_at_its_end_is_told(days) -> None:
    silence(days.warehouse, rule_id="compliance_low", segment={}, lasting=timedelta(days=2),
            who="ada", reason="migration", now=at(MONDAY))  # fmt: skip
    days.run(MONDAY, 0.90)
    assert days.outbox() == []
    assert days.fetch("select silenced_by is not null from ops.alert_incidents") == [(True,)]
    days.evaluate(MONDAY, now=at(WEDNESDAY, 2))
    assert days.outbox() == [("fire", 0)]


def test_what_was_told_before_a_silence_and_still_fires_is_told_at_its_end(days) -> None:
    days.run(MONDAY, 0.90)
    days.mark_sent()
    fired = at(TUESDAY)
    silence(days.warehouse, rule_id="compliance_low", segment={}, lasting=timedelta(hours=2),
            who="ada", reason="migration", now=fired)  # fmt: skip
    for hours in (1, 2, 3, 5.9, 6):  # the next reminder is 4 hours after the one at the end
        days.evaluate(MONDAY, now=fired + timedelta(hours=hours))
        days.mark_sent()
    assert days.outbox() == [("fire", 0), ("reminder", 0), ("reminder", 1)]


def test_a_silence_of_what_somebody_took_over_ends_quietly(days) -> None:
    days.run(MONDAY, 0.90)
    days.mark_sent()
    ((incident_id,),) = days.fetch("select incident_id from ops.alert_incidents")
    acknowledge(days.warehouse, incident_id, "ada", at(TUESDAY))
    silence(days.warehouse, rule_id="compliance_low", segment={}, lasting=timedelta(hours=2),
            who="ada", reason="migration", now=at(TUESDAY))  # fmt: skip
    for hour in (2, 4):
        days.evaluate(MONDAY, now=at(TUESDAY, hour))
    assert days.outbox() == [("fire", 0)]


def test_the_first_answer_counts_whoever_takes_it_over_later(days) -> None:
    days.run(MONDAY, 0.90)
    ((incident_id,),) = days.fetch("select incident_id from ops.alert_incidents")
    acknowledge(days.warehouse, incident_id, "ada", at(TUESDAY, 2))
    acknowledge(days.warehouse, incident_id, "bob", at(TUESDAY, 9))
    assert days.fetch("select acknowledged_by, acknowledged_at from ops.alert_incidents") == [
        ("bob", at(TUESDAY, 2))
    ]


def test_a_silence_of_something_else_holds_nothing_back(days) -> None:
    for rule_id, segment in (("other", {}), (None, {"country": "DE"})):
        silence(days.warehouse, rule_id=rule_id, segment=segment, lasting=timedelta(days=2),
                who="ada", reason="migration", now=at(MONDAY))  # fmt: skip
    days.run(MONDAY, 0.90)
    assert days.outbox() == [("fire", 0)]


def test_silences_are_short_and_reasoned(days) -> None:
    for lasting, reason in ((timedelta(days=8), "x"), (timedelta(), "x"), (timedelta(1), " ")):
        with pytest.raises(HandlingError):
            silence(days.warehouse, rule_id=None, segment={}, lasting=lasting, who="ada",
                    reason=reason, now=at(MONDAY))  # fmt: skip


def test_only_what_is_open_can_be_acknowledged(days) -> None:
    with pytest.raises(HandlingError, match="alerts list"):
        acknowledge(days.warehouse, 1, "ada", at(MONDAY))


def test_a_rule_waits_until_its_data_is_published(days) -> None:
    days.value("events_compliance_daily", TUESDAY, 0.9)
    days.publish(MONDAY)
    assert days.evaluate(TUESDAY).evaluated == 0
    days.publish(TUESDAY)
    assert days.evaluate(TUESDAY).fired == ["compliance_low"]


def test_missing_data_is_a_state_and_never_resolves(days) -> None:
    days.publish(MONDAY)
    days.evaluate(MONDAY)
    assert days.state() == "no_data"
    days.run(TUESDAY, 0.9)
    days.publish(WEDNESDAY)
    days.evaluate(WEDNESDAY)
    assert days.state() == "firing"


def test_missing_data_fires_where_the_rule_says_so(days, define) -> None:
    rule = {**days.definitions.alert_rules[0], "no_data": "alert"}
    days.definitions = define(as_yaml([rule]))
    days.publish(MONDAY)
    days.evaluate(MONDAY)
    (payload,) = days.fetch("select payload from ops.notification_outbox")[0]
    assert payload["title"] == "Events Compliance Daily has no value"


def test_what_never_came_fires_where_the_rule_says_so(days, define) -> None:
    days.definitions = define(CLOCK.replace("  owner:", "  no_data: alert\n  owner:"))
    watch(days.warehouse, days.definitions, at(TUESDAY))
    assert days.fetch(
        "select payload ->> 'title', payload -> 'numbers' from ops.notification_outbox order by 1"
    ) == [
        ("No delivery of events yet", [["Late by", "none"]]),
        ("Nothing published yet", [["Since the last publication", "none"]]),
    ]
    days.mark_sent()
    days.deliver(MONDAY)
    days.publish(MONDAY)
    assert watch(days.warehouse, days.definitions, at(TUESDAY, 2)).resolved == ["stalled", "late"]
    ends = days.fetch("select payload ->> 'sentence' from ops.notification_outbox"
                      " where kind = 'resolve' order by 1")  # fmt: skip
    assert [text for (text,) in ends] == [
        "Resolved: 0 h on 6 January 2026, where the limit is 2 h. What it was: No delivery of"
        " events has ever arrived, where one was expected.",
        "Resolved: 1 h on 6 January 2026, where the limit is 48 h. What it was: Nothing has ever"
        " been published, where something was expected.",
    ]


def test_a_weekly_rule_judges_each_week_once(days, define) -> None:
    days.definitions = define(CHURN.replace("  inhibited_by: [compliance_low]\n", ""))
    weeks = [MONDAY + timedelta(weeks=week) for week in range(3)]
    for monday, value in zip(weeks, (0.020, 0.025, 0.040), strict=True):
        days.value("users_churn_rate_weekly", monday, value, grain="week", denominator=1000)
    for number in range(22):
        day = MONDAY + timedelta(days=number)
        days.publish(day)
        days.evaluate(day)
    assert days.fetch(
        "select data_date, outcome, state, priority from ops.alert_evaluations order by 1"
    ) == [
        (MONDAY - timedelta(weeks=1), "no_data", "no_data", "P1"),
        (weeks[0], "no_data", "no_data", "P1"),
        (weeks[1], "breach", "firing", "P1"),  # 0.025 / 0.020 is +25 %
        (weeks[2], "breach", "firing", "P0"),  # 0.040 / 0.025 is +60 %
    ]
    assert days.fetch("select priority, opened_on from ops.alert_incidents") == [("P0", weeks[1])]


def test_a_firing_cause_holds_its_effects_back_and_says_so(days, define, compliance) -> None:
    days.definitions = define(compliance + CHURN)
    sunday = MONDAY + timedelta(days=13)
    for monday, value in ((MONDAY, 0.02), (MONDAY + timedelta(weeks=1), 0.03)):
        days.value("users_churn_rate_weekly", monday, value, grain="week", denominator=1000)
    days.run(sunday, 0.9)
    assert days.fetch("select i.rule_id, o.payload -> 'holds_back' from ops.notification_outbox o"
                      " join ops.alert_incidents i using (incident_id)") == [
        ("compliance_low", ["Users Churn Rate Weekly up 50 %"])
    ]  # fmt: skip
    assert days.fetch(
        "select inhibited_by from ops.alert_incidents where rule_id = 'churn_jump'"
    ) == [("compliance_low",)]
    days.run(sunday + timedelta(days=1), 0.99)  # the cause is over, the effect is not
    assert days.fetch("select inhibited_by, notified_at is not null from ops.alert_incidents"
                      " where rule_id = 'churn_jump'") == [(None, True)]  # fmt: skip


def test_a_cause_that_is_held_back_itself_hands_its_effects_to_what_explains_it(
    days, define
) -> None:
    rule = days.definitions.alert_rules[0]
    days.definitions = define(
        as_yaml([
            {**rule, "id": "effect", "inhibited_by": ["middle", "root"]},
            {**rule, "id": "middle", "inhibited_by": ["root"]},
            {**rule, "id": "root"},
        ])
    )  # fmt: skip
    days.run(MONDAY, 0.9)
    title = "Events Compliance Daily at 90 %"
    assert days.fetch("select i.rule_id, o.payload -> 'holds_back' from ops.notification_outbox o"
                      " join ops.alert_incidents i using (incident_id)") == [
        ("root", [title, title])
    ]  # fmt: skip
    assert days.fetch("select rule_id, inhibited_by from ops.alert_incidents order by 1") == [
        ("effect", "root"), ("middle", "root"), ("root", None),
    ]  # fmt: skip


def test_of_very_many_that_are_held_back_ten_are_named(days, define) -> None:
    rule = days.definitions.alert_rules[0]
    effects = [{**rule, "id": f"effect_{n}", "inhibited_by": [rule["id"]]} for n in range(12)]
    days.definitions = define(as_yaml([rule, *effects]))
    days.run(MONDAY, 0.9)
    ((held,),) = days.fetch("select payload -> 'holds_back' from ops.notification_outbox")
    assert held == ["Events Compliance Daily at 90 %"] * 10 + ["2 more"]


def test_alerts_of_one_owner_and_priority_share_a_message(days, define) -> None:
    rule = days.definitions.alert_rules[0]
    days.definitions = define(
        as_yaml([
            rule,
            {**rule, "id": "also_low"},
            {**rule, "id": "low_too", "owner": "growth"},
            {**rule, "id": "not_so_bad", "priority": "P2"},
            {**rule, "id": "for_the_digest", "priority": "P3"},
        ])
    )  # fmt: skip
    report = days.run(MONDAY, 0.9)
    assert (len(days.outbox()), report.messages) == (4, 3)
    assert days.fetch(
        "select array_agg(rule_id order by rule_id) from ops.notification_outbox"
        " join ops.alert_incidents using (incident_id) group by message_id order by 1"
    ) == [(["also_low", "compliance_low"],), (["low_too"],), (["not_so_bad"],)]
    assert days.fetch(
        "select notified_at from ops.alert_incidents where rule_id = 'for_the_digest'"
    ) == [(None,)]


def test_confirmed_incidents_do_not_train_the_baseline(days, define) -> None:
    days.definitions = define("""
- id: volume
  priority: P1
  metric: events_volume_daily
  condition: {kind: volume, value: 20, unit: percent, minimum_effect: 20}
  owner: data
  runbook: docs/runbooks/event-volume.md
  tests:
    - {values: [500, 500, 500, 500, 100], states: [no_data, no_data, no_data, no_data, firing]}
    - {values: [500], states: [no_data]}
""")
    mondays = [MONDAY + timedelta(weeks=week) for week in range(7)]
    for monday, value in zip(mondays, (500, 500, 500, 500, 100, 100, 100), strict=True):
        days.value("events_volume_daily", monday, value)
        days.publish(monday)
    days.evaluate(mondays[4])
    ((incident_id,),) = days.fetch("select incident_id from ops.alert_incidents")
    judge(days.warehouse, incident_id, "true_positive", "ada", at(mondays[5]))
    days.evaluate(mondays[5])
    days.evaluate(mondays[6])
    baselines = days.fetch("select baseline from ops.alert_evaluations order by data_date")
    # The incident's days, from its first to its last breach, are left out: 500 stays usual.
    assert baselines == [(500,), (500,), (500,)]


def test_late_deliveries_are_judged_by_the_clock_that_is_passed_in(days, define) -> None:
    days.definitions = define(CLOCK)
    days.publish(TUESDAY, published_at=at(WEDNESDAY))
    days.deliver(MONDAY)
    days.deliver(date(2099, 1, 1))
    days.deliver(FRIDAY, feed="users")
    # Tuesday's delivery is due when Tuesday ends.
    reports = [
        watch(days.warehouse, days.definitions, at(WEDNESDAY, hour)) for hour in (1, 2, 3, 25)
    ]
    assert [report.fired for report in reports] == [[], [], ["late"], []]
    assert days.fetch(
        "select value, priority, evaluated_for from ops.alert_evaluations"
        " where rule_id = 'late' order by 3"
    ) == [
        (1, "P1", at(WEDNESDAY, 1)),
        (2, "P1", at(WEDNESDAY, 2)),
        (3, "P1", at(WEDNESDAY, 3)),
        (25, "P0", at(WEDNESDAY, 25)),
    ]


def in_new_york(definitions: Definitions) -> Definitions:
    zone = {"business_time_zone": "America/New_York"}
    lifecycle = definitions.lifecycle.model_copy(update=zone)
    return definitions.model_copy(update={"lifecycle": lifecycle})


def test_a_delivery_day_ends_in_the_business_zone(days, define) -> None:
    days.definitions = in_new_york(define(CLOCK))
    days.deliver(MONDAY)
    watch(days.warehouse, days.definitions, at(WEDNESDAY, 8))  # 3 o'clock in New York
    assert days.fetch("select value from ops.alert_evaluations where rule_id = 'late'") == [(3,)]


def test_no_publication_for_two_days_is_a_failure(days, define) -> None:
    days.definitions = define(CLOCK)
    days.publish(MONDAY, published_at=at(TUESDAY, 0))
    assert watch(days.warehouse, days.definitions, at(THURSDAY, 0)).fired == []
    assert watch(days.warehouse, days.definitions, at(THURSDAY, 1)).fired == ["stalled"]
    days.publish(TUESDAY, published_at=at(THURSDAY, 2))
    assert watch(days.warehouse, days.definitions, at(THURSDAY, 3)).resolved == ["stalled"]


def check(days, name: str, as_of: date, passed: bool, checked_at: datetime) -> None:
    with days.warehouse.connect() as connection:
        connection.execute(
            "insert into ops.check_results (check_name, dataset, severity, as_of, passed,"
            " rows_failed, checked_at) values (%s, 'silver.user_states', 'error', %s, %s, %s, %s)",
            [name, as_of, passed, 0 if passed else 12, checked_at],
        )


def test_each_failed_check_is_an_incident_and_a_good_rerun_ends_it(days, define) -> None:
    days.definitions = define(CHECKS)
    days.publish(MONDAY)
    check(days, "one_state", TUESDAY, False, at(WEDNESDAY, 1))  # it kept Tuesday from readers
    check(days, "no_gaps", TUESDAY, True, at(WEDNESDAY, 1))
    assert days.evaluate(MONDAY, now=at(WEDNESDAY, 2)).fired == [
        'checks_failed{"check":"one_state"}'
    ]
    days.mark_sent()
    check(days, "one_state", TUESDAY, True, at(WEDNESDAY, 3))
    check(days, "no_gaps", TUESDAY, False, at(WEDNESDAY, 3))
    report = days.evaluate(MONDAY, now=at(WEDNESDAY, 4))
    assert report.resolved == ['checks_failed{"check":"one_state"}']
    assert report.fired == ['checks_failed{"check":"no_gaps"}']
    assert days.outbox() == [("fire", 0), ("fire", 0), ("resolve", 0)]


def test_a_rule_that_cannot_be_evaluated_is_an_error_and_the_others_go_on(days) -> None:
    days.run(MONDAY, 0.99)
    with days.warehouse.connect() as connection:
        connection.execute("revoke select on gold.metric_values from monstera_alerter")
    days.publish(TUESDAY)
    report = days.evaluate(TUESDAY)
    assert report.failed == ["compliance_low"]
    assert days.state() == "error"
    with days.warehouse.connect() as connection:
        connection.execute("grant select on gold.metric_values to monstera_alerter")
    days.value("events_compliance_daily", TUESDAY, 0.9)
    assert days.evaluate(TUESDAY).fired == ["compliance_low"]  # the day was not lost


def test_a_failure_is_dated_by_the_business_day(days, define) -> None:
    days.definitions = in_new_york(define(LATE))
    with days.warehouse.connect() as connection:
        connection.execute("revoke select on ops.load_manifest from monstera_alerter")
    watch(days.warehouse, days.definitions, at(WEDNESDAY, 3))  # Tuesday, 22 o'clock there
    assert days.fetch("select data_date from ops.alert_evaluations") == [(TUESDAY,)]


def test_a_moment_that_failed_can_be_tried_again(days, define) -> None:
    """As a retry of the task does, which speaks of the same moment."""
    days.definitions = define(LATE)
    days.deliver(MONDAY)
    with days.warehouse.connect() as connection:
        connection.execute("revoke select on ops.load_manifest from monstera_alerter")
    for _ in range(2):
        assert watch(days.warehouse, days.definitions, at(WEDNESDAY, 3)).failed == ["late"]
    with days.warehouse.connect() as connection:
        connection.execute("grant select on ops.load_manifest to monstera_alerter")
    assert watch(days.warehouse, days.definitions, at(WEDNESDAY, 3)).fired == ["late"]
    assert days.fetch("select outcome, value, detail from ops.alert_evaluations") == [
        ("breach", 3, None)
    ]


def test_nothing_is_evaluated_before_anything_is_published(days) -> None:
    report = evaluate(days.warehouse, days.definitions, None, at(MONDAY), notify=True)
    assert report.counts() == {
        "evaluated": 0, "known": 0, "fired": 0, "resolved": 0, "failed": 0, "reviewed": 0,
        "messages": 0,
    }  # fmt: skip


@settings(max_examples=15, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(st.lists(st.tuples(st.sampled_from([0.9, 0.99, None]), st.booleans()), max_size=12))
def test_messages_alternate_between_fire_and_resolve(days, series) -> None:
    with days.warehouse.connect() as connection:
        connection.execute(
            "truncate ops.notification_outbox, ops.alert_states, ops.alert_evaluations,"
            " ops.alert_incidents, gold.metric_values, ops.current_publication cascade"
        )
    for number, (value, twice) in enumerate(series):
        day = MONDAY + timedelta(days=number)
        if value is not None:
            days.value("events_compliance_daily", day, value)
        days.publish(day)
        for _ in range(2 if twice else 1):
            days.evaluate(day)
        days.mark_sent()
    kinds = [kind for kind, _ in days.outbox() if kind != "reminder"]
    assert kinds == ["fire", "resolve"] * (len(kinds) // 2) + ["fire"] * (len(kinds) % 2)
    incidents = days.fetch("select count(*), count(resolved_at) from ops.alert_incidents")
    assert incidents == [(kinds.count("fire"), kinds.count("resolve"))]


def test_a_channel_that_refuses_for_a_quarter_of_an_hour(days, define, compliance) -> None:
    days.definitions = define(compliance + REFUSED)
    days.run(MONDAY, 0.90)  # Tuesday 1:00: a mail is written
    refused = at(TUESDAY)

    def watched(minutes: float) -> list[str]:
        report = watch(days.warehouse, days.definitions, refused + timedelta(minutes=minutes))
        return [*report.fired, *(f"-{name}" for name in report.resolved)]

    assert watched(1) == []  # not tried yet
    with days.warehouse.connect() as connection:
        connection.execute(
            "update ops.notification_outbox set attempts = 3, failing_since = %s", [refused]
        )
    assert watched(15) == []
    assert watched(16) == ['refused{"channel":"mail"}']
    with days.warehouse.connect() as connection:
        connection.execute("update ops.notification_outbox set sent_at = %s", [refused])
    assert watched(20) == ['-refused{"channel":"mail"}']


def test_a_value_that_no_arithmetic_survives_is_an_error_of_its_rule_alone(days, define) -> None:
    rule = days.definitions.alert_rules[0]
    change = {"kind": "change", "against": "previous_day", "op": "<", "value": -5,
              "unit": "percent"}  # fmt: skip
    tests = [{"values": [1, 0.5], "states": ["no_data", "firing"]},
             {"values": [1, 1], "states": ["no_data", "inactive"]}]  # fmt: skip
    days.definitions = define(
        as_yaml([
            {**rule, "id": "moves", "metric": "payments_failed_daily", "condition": change,
             "tests": tests},
            rule,
        ])
    )  # fmt: skip
    for day in (MONDAY, TUESDAY):
        days.value("payments_failed_daily", day, 5)
    with days.warehouse.connect() as connection:
        connection.execute("update gold.metric_values set value = 'NaN'")
    days.value("events_compliance_daily", TUESDAY, 0.90)
    days.publish(TUESDAY)
    report = days.evaluate(TUESDAY)
    assert report.failed == ["moves"]
    assert report.fired == ["compliance_low"]
    assert days.fetch("select detail from ops.alert_evaluations where outcome = 'error'") == [
        ("InvalidOperation",)
    ]

"""The life of incidents over days: flapping, corrections, what is gone, and what stays quiet."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from monstera.alerts import (
    acknowledge,
    beat,
    evaluate,
    judge,
    record_failure,
    record_success,
    rules_of,
    silence,
)
from monstera.alerts.observations import remembered
from monstera.warehouse.maintenance import delete_expired
from notify.hooks import hooks

from .conftest import LATE, MONDAY, STALLED, watch

TUESDAY = MONDAY + timedelta(days=1)
START = datetime(2026, 1, 6, 1, tzinfo=UTC)


def cycle(days, number: int, start: datetime) -> None:
    """A task fails, and succeeds a quarter of an hour later."""
    for minutes, record in ((0, record_failure), (15, record_success)):
        record(days.warehouse, dag_id="load_events", task_id="load", run_id=str(number),
               logical_date=None, now=start + timedelta(hours=number, minutes=minutes))  # fmt: skip
        days.mark_sent()


def kinds(days) -> list[str]:
    return [kind for kind, _ in days.outbox()]


def test_what_flaps_is_told_three_times_then_once_as_flapping_then_waits(days, define) -> None:
    days.publish(MONDAY)
    days.use(define(STALLED))
    for number in range(7):
        cycle(days, number, START)
    assert kinds(days) == ["fire", "resolve"] * 4
    titles = days.fetch(
        "select payload ->> 'title' from ops.notification_outbox where kind = 'fire'"
        " order by outbox_id"
    )
    title = "Pipeline load_events failed at load"
    assert [text for (text,) in titles] == [title] * 3 + [f"{title}, flapping"]
    assert days.fetch("select cycles, notified_at is null from ops.alert_incidents order by 1") == [
        (1, False), (2, False), (3, False), (4, False), (5, True), (6, True), (7, True),
    ]  # fmt: skip
    cycle(days, 0, START + timedelta(days=3))  # days later it is an alert like any other
    assert kinds(days)[-2:] == ["fire", "resolve"]
    assert len(kinds(days)) == 10


def test_what_flaps_at_a_steady_pace_is_told_once_a_day(days, define) -> None:
    """Every six hours: the fourth time, after 18 hours, and again 24 hours after that."""
    days.publish(MONDAY)
    days.use(define(STALLED))
    for number in range(0, 48, 6):
        cycle(days, number, START)
    told = days.fetch("select opened_at from ops.alert_incidents where notified_at is not null"
                      " order by 1")  # fmt: skip
    assert [at - START for (at,) in told] == [timedelta(hours=n) for n in (0, 6, 12, 18, 42)]


def test_that_it_flaps_is_told_when_its_silence_ends(days, define) -> None:
    days.publish(MONDAY)
    days.use(define(STALLED))
    for number in range(3):
        cycle(days, number, START)
    silence(days.warehouse, rule_id="stalled", segment={}, lasting=timedelta(hours=2), who="ada",
            reason="work", now=START + timedelta(hours=3))  # fmt: skip
    for number in range(3, 7):
        cycle(days, number, START)
    assert kinds(days) == ["fire", "resolve"] * 4  # nobody had heard of the fourth and the fifth
    ((text,),) = days.fetch("select payload ->> 'sentence' from ops.notification_outbox"
                            " where kind = 'fire' order by outbox_id desc limit 1")  # fmt: skip
    assert "It has fired 6 times within a day" in text


def test_what_flapped_and_stays_is_told_after_a_day(days, define) -> None:
    days.publish(MONDAY)
    days.use(define(STALLED))
    for number in range(4):
        cycle(days, number, START)
    record_failure(days.warehouse, dag_id="load_events", task_id="load", run_id="5",
                   logical_date=None, now=START + timedelta(hours=5))  # fmt: skip
    assert len(kinds(days)) == 8
    watch(days.warehouse, days.definitions, START + timedelta(hours=28))
    assert len(kinds(days)) == 8
    watch(days.warehouse, days.definitions, START + timedelta(hours=29))
    assert kinds(days)[8:] == ["fire"]


def test_a_correction_tells_nobody_and_leaves_a_summary(days) -> None:
    days.run(MONDAY, 0.90)
    days.mark_sent()
    days.run(TUESDAY, 0.99)
    days.mark_sent()
    before = days.outbox()
    with days.warehouse.connect() as connection:
        connection.execute("update gold.metric_values set value = 1.89 - value")  # the other way
    days.publish(TUESDAY)
    with days.warehouse.connect() as connection:
        connection.execute(
            "insert into ops.metric_restatements (metric_id, date, segment_key, segment_value,"
            " cause, definition_version, publication_id)"
            " select 'events_compliance_daily', d::date, 'all', 'all', 'late_data', 1,"
            " (select publication_id from ops.current_publication)"
            " from unnest(array[%s::date, %s::date]) as d",
            [MONDAY, TUESDAY],
        )
    for _ in range(2):
        report = days.evaluate(TUESDAY)
    assert (report.evaluated, report.reviewed) == (0, 0)  # the second time nothing is left
    assert days.outbox() == before
    assert days.fetch("select as_of, judged_again, missed, unfounded from ops.alert_reviews") == [
        (
            TUESDAY, 2,
            [{"alert": "compliance_low", "date": "2026-01-06", "was": "0.99", "is": "0.90"}],
            [{"alert": "compliance_low", "date": "2026-01-05", "was": "0.9", "is": "0.99"}],
        )
    ]  # fmt: skip


def test_incidents_of_a_rule_that_is_gone_end_and_say_so(days, define, compliance) -> None:
    days.run(MONDAY, 0.90)
    days.mark_sent()
    days.use(define(compliance.replace("compliance_low", "another_name")))
    assert days.evaluate(MONDAY).resolved == ["compliance_low"]
    ((sentence,),) = days.fetch(
        "select payload ->> 'sentence' from ops.notification_outbox where kind = 'resolve'"
    )
    assert sentence.startswith("Resolved, as no rule speaks of it any more, on 5 January 2026.")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("metrics: [events_compliance_daily, runs_reliability_daily]",
         "metrics: [runs_reliability_daily]"),
        ("metrics: [events_compliance_daily]", "metric: events_compliance_daily"),
        ("metric: events_compliance_daily", "metrics: [events_compliance_daily]"),
    ],
)  # fmt: skip
def test_incidents_that_a_rule_no_longer_speaks_of_end(
    days, define, compliance, before: str, after: str
) -> None:
    rule = compliance.replace("metric: events_compliance_daily", before)
    days.use(define(rule))
    days.run(MONDAY, 0.90)
    days.mark_sent()
    days.use(define(rule.replace(before, after)))
    record_failure(days.warehouse, dag_id="d", task_id="t", run_id="1", logical_date=None,
                   now=START + timedelta(hours=5))  # fmt: skip
    report = days.evaluate(MONDAY, now=START + timedelta(hours=5))  # when a reminder is due
    assert days.fetch("select resolved_because from ops.alert_incidents where incident_id = 1") == [
        ("rule_gone",)
    ]
    assert len(report.resolved) == 1 and kinds(days).count("resolve") == 1


@pytest.mark.long
def test_a_thousand_evaluations_give_one_message_the_due_reminders_and_one_resolve(
    days, define
) -> None:
    """Every five minutes for 83 hours and 20 minutes; P1 reminds every 4 hours, so 20 times."""
    days.use(define(LATE))
    days.deliver(MONDAY)
    due = datetime(2026, 1, 7, tzinfo=UTC)
    fires = due + timedelta(hours=2, minutes=5)
    for number in range(1000):
        report = watch(days.warehouse, days.definitions, fires + timedelta(minutes=5 * number))
        if report.messages:
            days.mark_sent()
    assert kinds(days) == ["fire"] + ["reminder"] * 20
    days.deliver(date(2026, 1, 10))
    for minutes in (0, 5):
        watch(days.warehouse, days.definitions, fires + timedelta(hours=84, minutes=minutes))
    assert kinds(days) == ["fire"] + ["reminder"] * 20 + ["resolve"]
    ((mails,),) = days.fetch("select count(distinct message_id) from ops.notification_outbox")
    assert mails == 22


def test_evaluations_of_the_clock_are_kept_for_two_weeks(days, define, compliance) -> None:
    days.use(define(LATE + compliance))
    days.deliver(MONDAY)
    days.run(MONDAY, 0.9)
    evaluate(days.warehouse, days.definitions, MONDAY, START + timedelta(days=10), notify=True)
    delete_expired(days.warehouse, START + timedelta(days=20))
    assert days.fetch(
        "select rule_id, evaluated_at from ops.alert_evaluations order by rule_id, evaluated_at"
    ) == [("compliance_low", START), ("late", START + timedelta(days=10))]


def test_a_stopped_load_gives_one_freshness_alert_and_no_metric_mails(days, shipped) -> None:
    """All rules that ship: ten good weeks, then nothing is delivered for 20 hours."""
    days.use(shipped)
    first = MONDAY - timedelta(weeks=10)
    with days.warehouse.connect() as connection:
        connection.execute(
            "insert into gold.metric_values (metric_id, date, grain, value, numerator, denominator,"
            " definition_version) select m, d::date, 'day', v, v * 1000, 1000, 1"
            " from generate_series(%s::date, %s::date, '1 day') as d, (values"
            " ('events_volume_daily', 1000), ('events_compliance_daily', 0.99),"
            " ('workflows_run_daily', 300), ('payments_failed_daily', 5)) as s (m, v)",
            [first, MONDAY],
        )
    days.deliver(MONDAY)
    days.publish(MONDAY)
    days.evaluate(MONDAY)
    assert days.outbox() == []
    for metric in (
        "events_volume_daily",
        "workflows_run_daily",
    ):  # Tuesday is published all the same
        days.value(metric, TUESDAY, 0)
    days.publish(TUESDAY)
    due = datetime(2026, 1, 7, tzinfo=UTC)
    for hours in range(21):
        evaluate(days.warehouse, days.definitions, TUESDAY, due + timedelta(hours=hours),
                 notify=True)  # fmt: skip
    told = days.fetch("select distinct rule_id from ops.alert_incidents where is_live")
    assert told == [("data_freshness",)]
    assert days.fetch(
        "select distinct rule_id from ops.notification_outbox join ops.alert_incidents"
        " using (incident_id)"
    ) == [("data_freshness",)]
    assert days.fetch(
        "select count(*) from ops.notification_outbox where kind = 'fire' and channel = 'mail'"
    ) == [(1,)]
    days.deliver(TUESDAY)  # with nothing in it that is accepted: now it is a fact
    with days.warehouse.connect() as connection:
        connection.execute("update ops.load_manifest set accepted = 0, rows_read = 0 where dt = %s",
                           [TUESDAY])  # fmt: skip
    report = evaluate(days.warehouse, days.definitions, TUESDAY, due + timedelta(hours=22),
                      notify=True)  # fmt: skip
    assert "events_none" in report.fired


def test_response_times_and_verdicts_are_kept_and_reported(days) -> None:
    days.run(MONDAY, 0.90)
    days.mark_sent()
    ((incident_id,),) = days.fetch("select incident_id from ops.alert_incidents")
    assert days.fetch("select response, is_in_time from ops.alert_responses") == [(None, False)]
    acknowledge(days.warehouse, incident_id, "ada", START + timedelta(minutes=119))
    judge(days.warehouse, incident_id, "false_positive", "ada", START + timedelta(hours=5))
    assert days.fetch("select response, allowed, is_in_time from ops.alert_responses") == [
        (timedelta(minutes=119), timedelta(hours=2), True)  # P1: two hours
    ]
    assert days.fetch(
        "select rule_id, incidents, told, false_positives, false_positive_rate"
        " from ops.alert_rule_quality"
    ) == [("compliance_low", 1, 1, 1, 1)]


def test_a_heartbeat_is_a_file_that_is_there_at_once(tmp_path) -> None:
    target = tmp_path / "home" / "heartbeat.json"
    assert beat(str(target), START)
    assert beat(str(target), START + timedelta(minutes=5))
    assert json.loads(target.read_text()) == {"evaluated_at": "2026-01-06T01:05:00+00:00"}
    assert [path.name for path in target.parent.iterdir()] == ["heartbeat.json"]
    assert not beat(str(target / "below_a_file"), START)


@pytest.mark.parametrize(("status", "is_taken"), [(200, True), (503, False)])
def test_a_heartbeat_to_a_web_address(status: int, is_taken: bool) -> None:
    with hooks("webhook") as receiver:
        receiver.answers.append((status, {}))
        address = receiver.url
        assert beat(address, START) is is_taken
    (heard,) = receiver.requests
    assert heard.body == {"evaluated_at": "2026-01-06T01:00:00+00:00"}
    assert not beat(address, START)  # nobody listens any more


def test_a_confirmed_cause_explains_the_days_of_its_effects_too(days, define, compliance) -> None:
    days.use(define(compliance + compliance.replace("compliance_low", "effect").replace(
        "  owner", "  inhibited_by: [compliance_low]\n  owner")))  # fmt: skip
    days.run(MONDAY, 0.90)
    ((incident_id,),) = days.fetch(
        "select incident_id from ops.alert_incidents where rule_id = 'compliance_low'"
    )
    judge(days.warehouse, incident_id, "true_positive", "ada", START)
    rules = rules_of(days.definitions)
    with days.warehouse.connect() as connection:
        for rule_id in ("compliance_low", "effect"):
            memory = remembered(connection, rules[rule_id])
            assert memory.incident_days({}) == {MONDAY}
        effect = remembered(connection, rules["effect"])
        cause = remembered(connection, rules["compliance_low"])
    assert effect.incident_days({"country": "DE"}) == {MONDAY}  # whatever the segment
    assert cause.incident_days({"country": "DE"}) == frozenset()


def test_days_that_nobody_evaluated_are_judged_before_the_newest_one(days) -> None:
    days.run(MONDAY, 0.99)
    for number, value in enumerate((0.90, 0.99, 0.90), start=1):
        day = MONDAY + timedelta(days=number)
        days.value("events_compliance_daily", day, value)
        days.publish(day)
    days.evaluate(MONDAY + timedelta(days=3))
    assert days.fetch(
        "select data_date, state from ops.alert_evaluations order by evaluated_for"
    ) == [
        (MONDAY, "inactive"),
        (TUESDAY, "firing"),
        (MONDAY + timedelta(days=2), "resolved"),
        (MONDAY + timedelta(days=3), "firing"),
    ]
    assert kinds(days) == ["fire"]  # Tuesday is over: only what still fires is told
    days.mark_sent()
    assert days.evaluate(MONDAY + timedelta(days=3)).known == 1


def test_days_made_up_for_are_no_flapping(days) -> None:
    days.run(MONDAY, 0.99)
    for number in range(1, 12):
        days.value("events_compliance_daily", MONDAY + timedelta(days=number),
                   0.90 if number % 2 else 0.99)  # fmt: skip
    last = MONDAY + timedelta(days=11)
    days.publish(last)
    days.evaluate(last)
    assert days.fetch("select max(cycles), count(*) from ops.alert_incidents") == [(1, 6)]
    assert kinds(days) == ["fire"]

"""Who is told again, when a channel is down or an alert becomes more important."""

import json
from datetime import date, timedelta

import pytest
import yaml

from monstera.alerts import acknowledge
from monstera.notify.claims import claim

from .conftest import MONDAY, Days, morning_after, watch

TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
CHANNELS = ("mail", "pagerduty")
COMPLIANCE = "events_compliance_daily"
ESCALATES = """
- id: compliance_low
  priority: P1
  metric: events_compliance_daily
  condition: {kind: threshold, op: "<", value: 0.95, unit: absolute}
  escalate: {value: 0.5, priority: P0}
  owner: data
  runbook: docs/runbooks/compliance.md
  tests:
    - {values: [0.9], states: [firing]}
    - {values: [1], states: [inactive]}
"""
ROUTING = """
channels: {P0: [mail, pagerduty], P1: [mail], P2: [mail]}
default: {mail: [data@example.com], pagerduty: [team]}
"""


@pytest.fixture
def escalating(warehouse, define) -> Days:
    return Days(warehouse, define(ESCALATES, ROUTING))


def said(days: Days) -> list[tuple]:
    """Kind, priority, channel and number of everything in the outbox."""
    return days.fetch(
        "select kind, priority, channel, sequence from ops.notification_outbox order by outbox_id"
    )


def test_what_becomes_critical_is_told_at_once_to_those_whom_that_concerns(escalating) -> None:
    escalating.run(MONDAY, 0.9)
    escalating.mark_sent()
    assert said(escalating) == [("fire", "P1", "mail", 0)]
    escalating.value(COMPLIANCE, TUESDAY, 0.4)
    escalating.publish(TUESDAY)
    soon = morning_after(MONDAY) + timedelta(minutes=5)  # no reminder is due yet
    escalating.evaluate(TUESDAY, now=soon)
    assert said(escalating)[1:] == [
        ("reminder", "P0", "mail", 0), ("reminder", "P0", "pagerduty", 0),
    ]  # fmt: skip
    escalating.evaluate(TUESDAY, now=soon + timedelta(minutes=5))
    assert len(said(escalating)) == 3


def test_it_says_what_it_was_and_is_no_reminder_to_those_who_hear_of_it_first(escalating) -> None:
    escalating.run(MONDAY, 0.9)
    escalating.mark_sent()
    escalating.run(TUESDAY, 0.4)
    with escalating.warehouse.connect() as connection:
        claimed = [claim(connection, [channel], morning_after(TUESDAY)) for channel in CHANNELS]
    assert [one.message.label for one in claimed if one] == ["P0 reminder", "P0"]
    for one in claimed:
        assert one.message.notices[0].sentence.endswith("at least 95 %. It was P1 before.")


def test_what_becomes_critical_is_told_to_those_who_took_it_over_as_less(escalating) -> None:
    escalating.run(MONDAY, 0.9)
    escalating.mark_sent()
    ((incident_id,),) = escalating.fetch("select incident_id from ops.alert_incidents")
    acknowledge(escalating.warehouse, incident_id, "ada", morning_after(MONDAY))
    escalating.run(TUESDAY, 0.4)
    escalating.mark_sent()
    for hours in (1, 2, 30):  # once: somebody has it
        escalating.evaluate(TUESDAY, now=morning_after(TUESDAY) + timedelta(hours=hours))
    assert said(escalating)[1:] == [
        ("reminder", "P0", "mail", 0), ("reminder", "P0", "pagerduty", 0),
    ]  # fmt: skip


def test_what_becomes_critical_waits_for_nobody(escalating, define) -> None:
    """A P2 that gathers others for 45 minutes, or whose channel is down, is replaced."""
    routing = ROUTING.replace("P0: [mail, pagerduty]", "P0: [pagerduty, mail]")
    escalating.definitions = define(ESCALATES.replace("P1", "P2"), routing)
    escalating.run(MONDAY, 0.9)
    escalating.value(COMPLIANCE, TUESDAY, 0.4)
    escalating.publish(TUESDAY)
    soon = morning_after(MONDAY) + timedelta(minutes=5)
    escalating.evaluate(TUESDAY, now=soon)
    assert escalating.fetch(
        "select kind, o.priority, channel, next_attempt_at <= %s"
        " from ops.notification_outbox as o where cancelled_at is null order by channel", soon
    ) == [("reminder", "P0", "mail", True), ("reminder", "P0", "pagerduty", True)]  # fmt: skip


def test_the_end_is_told_as_what_it_became(escalating) -> None:
    for day, value in ((MONDAY, 0.9), (TUESDAY, 0.4), (WEDNESDAY, 0.99)):
        escalating.run(day, value)
        escalating.mark_sent()
    ends = escalating.fetch(
        "select o.priority, payload ->> 'sentence' from ops.notification_outbox as o"
        " where kind = 'resolve' and channel = 'mail'"
    )
    assert ends == [
        ("P0", "Resolved: 99 % on 7 January 2026. What it was: Events Compliance Daily was 40 % on"
               " 6 January 2026; it should be at least 95 %. It was P1 before.")
    ]  # fmt: skip
    threads = escalating.fetch(
        "select message_id::text, payload ->> 'thread' from ops.notification_outbox"
        " where channel = 'mail' order by outbox_id"
    )
    assert [thread for _, thread in threads] == [None, threads[0][0], threads[0][0]]


def test_those_who_joined_later_are_told_of_the_end(escalating) -> None:
    escalating.run(MONDAY, 0.9)
    escalating.mark_sent()
    escalating.run(TUESDAY, 0.4)
    escalating.mark_sent()
    escalating.run(WEDNESDAY, 0.99)
    ends = [channel for kind, _, channel, _ in said(escalating) if kind == "resolve"]
    assert ends == ["mail", "pagerduty"]


def test_a_channel_that_is_down_keeps_no_reminder_from_the_others(escalating) -> None:
    escalating.run(MONDAY, 0.4)
    with escalating.warehouse.connect() as connection:
        connection.execute(
            "update ops.notification_outbox set sent_at = now() where channel = 'mail'"
        )
    for hours in (1, 2, 3):
        escalating.evaluate(MONDAY, now=morning_after(MONDAY) + timedelta(hours=hours))
        with escalating.warehouse.connect() as connection:
            connection.execute(
                "update ops.notification_outbox set sent_at = now() where channel = 'mail'"
            )
    channels = [channel for _, _, channel, _ in said(escalating)]
    assert channels.count("mail") == 4  # the fire and three reminders
    assert channels.count("pagerduty") == 1  # which still waits, and is not said again on top


def test_a_critical_alert_is_said_hourly_until_somebody_takes_it_over(escalating) -> None:
    escalating.run(MONDAY, 0.4)
    escalating.mark_sent()
    night = morning_after(MONDAY)
    for minutes in range(0, 300, 5):
        if minutes == 185:
            ((incident_id,),) = escalating.fetch("select incident_id from ops.alert_incidents")
            acknowledge(escalating.warehouse, incident_id, "ada", night)
        escalating.evaluate(MONDAY, now=night + timedelta(minutes=minutes))
        escalating.mark_sent()
    mails = [(kind, number) for kind, _, channel, number in said(escalating) if channel == "mail"]
    assert mails == [("fire", 0), ("reminder", 0), ("reminder", 1), ("reminder", 2)]


OWNERS = ("data", "growth", "finance", "product")


def many_rules(number: int) -> str:
    """Rules on the same metric, by turns of four owners and of P1 and P2."""
    (one,) = yaml.safe_load(ESCALATES)
    del one["escalate"]
    return json.dumps(  # which is YAML, without anchors
        [
            {**one, "id": f"rule_{n}", "owner": OWNERS[n % 4], "priority": f"P{1 + n // 4 % 2}"}
            for n in range(number)
        ]
    )


def test_five_hundred_rules_at_once_are_one_mail_per_owner_and_priority(warehouse, define) -> None:
    days = Days(warehouse, define(many_rules(500)))
    report = days.run(date(2026, 1, 5), 0.9)
    assert len(report.fired) == 500
    mails = days.fetch(
        "select distinct owner, priority, message_id from ops.notification_outbox order by 1, 2"
    )
    assert [(owner, priority) for owner, priority, _ in mails] == [
        (owner, priority) for owner in sorted(OWNERS) for priority in ("P1", "P2")
    ]


@pytest.mark.long
def test_a_thousand_evaluations_say_what_is_due_and_nothing_else(escalating) -> None:
    escalating.run(MONDAY, 0.9)
    escalating.mark_sent()
    first = morning_after(MONDAY)
    for number in range(1, 1001):  # every five minutes: 83 hours and 20 minutes
        now = first + timedelta(minutes=5 * number)
        watch(escalating.warehouse, escalating.definitions, now)
        escalating.mark_sent()
    escalating.value(COMPLIANCE, TUESDAY, 0.99)
    escalating.publish(TUESDAY)
    escalating.evaluate(TUESDAY, now=now)
    kinds = [kind for kind, _, _, _ in said(escalating)]
    assert kinds == ["fire"] + ["reminder"] * 20 + ["resolve"]  # one every 4 hours

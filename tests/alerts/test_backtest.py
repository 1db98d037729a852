"""Replaying rules over the past: the same incidents as evaluating day by day, and no trace."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from monstera.alerts import rules_of
from monstera.alerts.backtest import backtest
from monstera.alerts.clock import of_the_moment
from monstera.alerts.history import moments_of
from monstera.alerts.sparkline import sparkline
from monstera.notify.routing import routing_of

from .conftest import LATE, MONDAY, REFUSED, STALLED, watch

UTC_ZONE = ZoneInfo("UTC")

RULES = """
- id: volume
  priority: P1
  metric: events_volume_daily
  condition: {kind: volume, value: 20, unit: percent, minimum_effect: 20}
  keep_firing_for: 2
  owner: data
  runbook: docs/runbooks/event-volume.md
  tests:
    - {before: [500], times: 8, values: [100], states: [firing]}
    - {values: [500], states: [no_data]}
- id: churn
  priority: P1
  metric: users_churn_rate_weekly
  segment: {by: country, min_population: 200}
  condition: {kind: change, against: previous_week, op: ">", value: 20, unit: percent}
  escalate: {value: 40, priority: P0}
  owner: growth
  runbook: docs/runbooks/churn.md
  inhibited_by: [volume]
  tests:
    - {values: [1, 2], states: [no_data, firing]}
    - {values: [1, 1], states: [no_data, inactive]}
"""
TABLES = ("alert_evaluations", "alert_incidents", "alert_states", "notification_outbox")


def replay(days, first: date, last: date):
    definitions = days.definitions
    return backtest(
        days.warehouse, rules_of(definitions), routing_of(definitions), first, last, UTC_ZONE
    )


@pytest.fixture
def history(days, define):
    """Ten weeks with trouble in them, by day and by country."""
    days.use(define(RULES))
    rng = random.Random(3)
    with days.warehouse.connect() as connection:
        rows = []
        for number in range(70):
            day = MONDAY + timedelta(days=number)
            level = rng.choice([1000, 1000, 1000, 1000, 1000, 700, 1400]) if number > 34 else 1000
            rows.append(("events_volume_daily", day, "day", "all", "all", level, None))
        for week in range(10):
            monday = MONDAY + timedelta(weeks=week)
            for country in ("DE", "FR", "LU"):
                rate = Decimal(rng.choice(["0.02", "0.02", "0.026", "0.035"]))
                people = 100 if country == "LU" else 500
                rows.append(("users_churn_rate_weekly", monday, "week", "country", country, rate,
                             people))  # fmt: skip
        connection.cursor().executemany(
            "insert into gold.metric_values (metric_id, date, grain, segment_key, segment_value,"
            " value, denominator, definition_version) values (%s, %s, %s, %s, %s, %s, %s, 1)",
            rows,
        )
    return days


def test_a_replay_opens_what_evaluating_day_by_day_opens_and_writes_nothing(history) -> None:
    last = MONDAY + timedelta(days=69)
    found = replay(history, MONDAY, last)
    assert all(history.fetch(f"select count(*) from ops.{table}") == [(0,)] for table in TABLES)
    for number in range(70):
        day = MONDAY + timedelta(days=number)
        history.publish(day)
        history.evaluate(day)
        history.mark_sent()
    real = history.fetch(
        "select rule_id, segment, priority, opened_on, last_seen_on, resolved_on is not null,"
        " notified_at from ops.alert_incidents order by 1, 2, 4"
    )
    replayed = sorted(
        (
            (e.rule_id, dict(e.labels), e.priority, e.opened_on, e.last_on, bool(e.resolved_at))
            for each in found.replays.values()
            for e in each.episodes
        ),
        key=lambda row: (row[0], str(row[1]), row[3]),
    )
    assert replayed == [row[:6] for row in real]
    assert len(replayed) > 8
    told = sorted(e.opened_on for each in found.replays.values() for e in each.told)
    assert told == sorted(row[3] for row in real if row[6] is not None)
    sent = history.fetch(
        "select count(distinct message_id) from ops.notification_outbox"
        " where channel = 'mail' and kind <> 'reminder'"
    )
    assert sent == [(len(found.messages),)]


def test_the_clock_is_replayed_every_five_minutes(days, define) -> None:
    """Two days arrive in time, the third four hours late: late after two, over when it comes."""
    days.use(define(LATE + STALLED + REFUSED))
    midnight = datetime(2026, 1, 8, tzinfo=UTC)
    for number, hours in enumerate((0, 0, 4, 0)):
        arrives = midnight + timedelta(days=number - 2, hours=hours)
        days.deliver(MONDAY + timedelta(days=number), at=arrives)
    days.publish(MONDAY, published_at=midnight)
    found = replay(days, MONDAY, MONDAY + timedelta(days=3))
    (episode,) = found.replays["late"].episodes
    assert episode.opened_at == midnight + timedelta(hours=2, minutes=5)
    assert episode.resolved_at == midnight + timedelta(hours=4)
    assert found.replays["stalled"].episodes == []
    assert found.not_replayed == ["refused"]
    assert watch(days.warehouse, days.definitions, episode.opened_at).failed == []


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_the_clock_is_replayed_through_days_on_which_clocks_change(
    days, define, day: str, hours: int
) -> None:
    """The day before was due when this one began: at its end, so many hours late, as seen live."""
    days.use(define(LATE))
    berlin, changed = ZoneInfo("Europe/Berlin"), date.fromisoformat(day)
    days.deliver(changed - timedelta(days=2), at=datetime(2026, 1, 1, tzinfo=UTC))
    rules = rules_of(days.definitions)
    with days.warehouse.connect() as connection:
        moments = list(moments_of(connection, rules["late"], changed, changed, berlin) or ())
        instants = [moment.at.astimezone(UTC) for moment in moments]
        steps = {later - before for before, later in pairwise(instants)}
        assert (len(moments), steps) == (hours * 12 + 1, {timedelta(minutes=5)})
        (seen,) = moments[-1].observe([])
        (live,) = of_the_moment(connection, rules["late"], instants[-1], berlin)
    assert seen.value == live.value == hours


def test_a_line_of_text_shows_values_holes_and_firing_days() -> None:
    values = {MONDAY + timedelta(days=n): None if n == 2 else Decimal(n) for n in range(8)}
    line, marks = sparkline(values, {MONDAY + timedelta(days=7)}, width=8)
    assert (line, marks) == ("▁▂ ▄▅▆▇█", "       ▲")
    line, marks = sparkline(values, {MONDAY + timedelta(days=7)}, width=4)
    assert (line, marks) == ("▁▄▆█", "   ▲")  # means 0.5, 3, 4.5, 6.5
    assert sparkline({}, set(), width=8) == ("", "")

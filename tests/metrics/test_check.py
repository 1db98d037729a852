"""What a metric must not say, and how the check puts it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from monstera.definitions import check_definitions
from monstera.metrics import check_metrics
from monstera.settings import PROJECT

METRIC = """\
- id: users_active_daily
  name: Users Active Daily
  description: Users with a qualifying event on the day.
  purpose: How many people come.
  category: activity
  formula: {kind: distinct_active, window_days: 1}
  unit: users
  grain: day
  segments: [country]
  sources: [silver.user_daily_activity]
  owners: {business: growth, technical: data, dashboard: data, backup: product}
  direction: up
  approval: [{status: approved, date: 2026-01-05, by: data}]
"""
EVENT = "- {event_type: used, is_qualifying: true}"
FEED = """
- {id: invoices, key: [invoice_id], columns: {invoice_id: {type: string}}}
"""
OTHER = METRIC.replace("users_active_daily", "users_there_daily").replace("Active", "There")


@pytest.fixture
def problems(tmp_path: Path) -> Callable[[str], list[str]]:
    """What the check says of a file of metrics."""

    def check(text: str) -> list[str]:
        for section, content in (("metrics", text), ("feeds", FEED), ("events", EVENT)):
            (tmp_path / section).mkdir(exist_ok=True)
            (tmp_path / section / "a.yaml").write_text(content)
        report = check_definitions(tmp_path, further=[check_metrics])
        return [str(problem) for problem in report.errors]

    return check


def test_a_complete_metric_is_fine(problems: Callable[[str], list[str]]) -> None:
    assert problems(METRIC) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("Users Active Daily", "Users active Daily",
         "a.yaml:2: users_active_daily.name: expected Title Case, found Users active Daily"),
        ("Users Active Daily", "User Active Daily", "prohibited pattern: User is another word"),
        ("Users Active Daily", "Customers Active Daily", "prohibited pattern: Customers is"),
        ("Users Active Daily", "Users Active Recent", "prohibited pattern: Recent is an ambiguous"),
        ("Users Active Daily", "Users Engagement Daily", "prohibited pattern: Engagement is"),
        ("Users Active Daily", "Active Users Daily", "a.yaml:1: users_active_daily.id: expected"),
        ("Users Active Daily", "Daily Users Active", "expected what is counted first, in plural"),
        ("Users Active Daily", "Users Active", "name: expected one time period among Hourly"),
        ("Users Active Daily", "Users Active Daily Weekly", "expected one time period among"),
        (", backup: product", "", "a.yaml:11: users_active_daily.owners.backup: this key is req"),
        ("  owners: {business: growth, technical: data, dashboard: data, backup: product}\n", "",
         "users_active_daily.owners: this key is required"),
        ("silver.user_daily_activity", "silver.nothing",
         "a.yaml:10: users_active_daily.sources[0]: unknown source silver.nothing"),
        ("kind: distinct_active", "kind: distinct_activ", "formula: expected 'kind' to be one of"),
        ("window_days: 1", "window: 1", "a.yaml:6: users_active_daily.formula.window: unknown key"),
        ("window_days: 1", "window_days: 1, status: new", "a trailing window has no status"),
        ("grain: day", "grain: week", "users_active_daily.grain: a trailing window ends on a day"),
        ("[country]", "[product]", "segments[0]: a metric of kind distinct_active can be by"),
        ("window_days: 1", "window_days: 1, scope: products", "a metric of products is by product"),
        ("{kind: distinct_active, window_days: 1}", "{kind: state_count, states: [asleep]}",
         "users_active_daily.formula.states[0]: expected a state among"),
        ("{kind: distinct_active, window_days: 1}", "{kind: sum, event_types: [nothing]}",
         "users_active_daily.formula.event_types[0]: unknown event type nothing"),
        ("{kind: distinct_active, window_days: 1}",
         "{kind: ratio, numerator: nothing, denominator: users_active_daily}",
         "users_active_daily.formula.numerator: unknown metric nothing"),
        ("{kind: distinct_active, window_days: 1}",
         "{kind: funnel, stages_of: users_there_daily, step: 2}",
         "formula.stages_of: expected a funnel with its own 2 stages or more"),
        ("{kind: distinct_active, window_days: 1}", "{kind: funnel, window_days: 7, step: 2}",
         "expected at least two stages and window_days, or stages_of"),
        ("{kind: distinct_active, window_days: 1}", "{kind: sql}",
         "expected the file sql/metrics/users_active_daily.sql"),
        ("{kind: distinct_active, window_days: 1}", "{kind: sql, file: nothing}",
         "expected the file sql/metrics/nothing.sql"),
        ("{kind: distinct_active, window_days: 1}",
         "{kind: feed, feed: nothing, at: paid_on, statistic: count}",
         "users_active_daily.formula.feed: unknown feed nothing"),
        ("{kind: distinct_active, window_days: 1}",
         "{kind: feed, feed: users, at: nothing, statistic: count}",
         "formula.at: expected a column of users of type date or timestamp, found nothing"),
        ("{kind: distinct_active, window_days: 1}",
         "{kind: feed, feed: users, at: nothing, statistic: sum}", "expected a column for every"),
        ("{kind: distinct_active, window_days: 1}", "{kind: sum, so_far: true}",
         "segments[0]: a metric of kind sum can be by none, found country"),
        ("{kind: distinct_active, window_days: 1}",
         "{kind: feed, feed: invoices, at: paid_on, statistic: count}",
         "segments[0]: a metric of kind feed can be by none, found country"),
        ("{kind: distinct_active, window_days: 1}",
         "{kind: feed, feed: invoices, at: paid_on, statistic: count, by: {country: land}}",
         "formula.by: expected a column of invoices of type string, found land"),
        ("{kind: distinct_active, window_days: 1}",
         "{kind: feed, feed: invoices, at: paid_on, statistic: count, by: {role: invoice_id}}",
         "by names a column for role: name it in segments"),
        ("{kind: distinct_active, window_days: 1}",
         "{kind: funnel, window_days: 7, step: 2, stages: [{name: A}, {name: B}]}",
         "expected either event_types or a moment"),
        ("by: data}]", "by: data}, {status: proposed, date: 2026-01-06, by: data}]",
         "expected approval in the order proposed, technical_review"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(
    problems: Callable[[str], list[str]], old: str, new: str, problem: str
) -> None:
    assert old in METRIC
    found = problems(METRIC.replace(old, new))
    assert any(problem in text for text in found), found


def test_stages_are_taken_from_a_funnel_with_its_own(
    problems: Callable[[str], list[str]],
) -> None:
    """Whichever is declared first: what the second funnel takes, the third cannot take from it."""
    stages = "stages: [{name: A, moment: visited}, {name: B, moment: signed_up}]"
    own, taken, taken_on = (
        METRIC.replace("users_active_daily", id).replace(
            "kind: distinct_active, window_days: 1", by
        )
        for id, by in (
            ("users_own_daily", f"kind: funnel, window_days: 7, step: 2, {stages}"),
            ("users_taken_daily", "kind: funnel, stages_of: users_own_daily, step: 2"),
            ("users_taken_on_daily", "kind: funnel, stages_of: users_taken_daily, step: 2"),
        )
    )
    for metrics in (own + taken + taken_on, taken_on + taken + own):
        unresolved = [text for text in problems(metrics) if "stages_of: expected a funnel" in text]
        assert len(unresolved) == 1
        assert "users_taken_on_daily" in unresolved[0]


def test_two_metrics_with_one_formula(problems: Callable[[str], list[str]]) -> None:
    assert problems(METRIC + OTHER) == [
        "metrics/a.yaml:19: users_there_daily.formula:"
        " users_active_daily has the same formula: one of them is enough"
    ]


def test_a_ratio_needs_parts_of_its_grain_and_segments(
    problems: Callable[[str], list[str]],
) -> None:
    ratio = "{kind: ratio, numerator: users_active_daily, denominator: users_active_daily}"
    text = OTHER.replace("{kind: distinct_active, window_days: 1}", ratio)
    text = text.replace("grain: day", "grain: week").replace("[country]", "[role]")
    found = problems(METRIC + text)
    assert (
        sum("expected a metric by week, found users_active_daily by day" in x for x in found) == 2
    )
    assert sum("users_active_daily is not broken down by role" in x for x in found) == 1


def test_a_folder_without_feeds_and_events_can_have_the_metrics_that_ship(tmp_path: Path) -> None:
    shutil.copytree(PROJECT / "include" / "definitions" / "metrics", tmp_path / "metrics")
    report = check_definitions(tmp_path, further=[check_metrics])
    assert report.errors == ()
    for expected in (
        "payments_collected_daily.formula.feed: no values, since the feed payments is not declared",
        "formula.event_types[0]: no values, since the event type video_created is not declared",
    ):
        assert any(expected in str(problem) for problem in report.warnings)

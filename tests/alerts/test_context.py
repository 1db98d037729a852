"""What a mail shows of a metric: the days before, and who moved it; never a small group."""

from datetime import date, timedelta

import pytest

from monstera.alerts import context, evaluate
from monstera.alerts.wording.figures import MINUS
from monstera.notify import Notice

from .conftest import MONDAY, Days, morning_after

LAST = MONDAY + timedelta(days=34)
DAU = "users_active_daily"
RULE = f"""
- id: dau_low
  priority: P1
  metric: {DAU}
  condition: {{kind: change, against: previous_week, op: "<", value: -20, unit: percent}}
  owner: growth
  runbook: docs/runbooks/volume.md
  tests:
    - {{values: [100, 50], states: [no_data, firing]}}
    - {{values: [100, 100], states: [no_data, inactive]}}
"""


@pytest.fixture
def told(warehouse, define) -> "Told":
    days = Days(warehouse, define(RULE))
    for number in range(35):
        days.value(DAU, MONDAY + timedelta(days=number), 1000)
    return Told(days)


class Told:
    """Days of a metric that falls from 1,000 to 600 on the last one."""

    def __init__(self, days: Days):
        self.days = days

    def segment(self, key: str, name: str, before: float, after: float) -> None:
        for day, value in ((LAST - timedelta(days=7), before), (LAST, after)):
            self.days.value(DAU, day, value, key=key, segment=name)

    def notice(self) -> Notice:
        """What the mail says."""
        with self.days.warehouse.connect() as connection:
            connection.execute(
                "update gold.metric_values set value = 600 where date = %s"
                " and segment_key = 'all'", [LAST],
            )  # fmt: skip
        self.days.publish(LAST)
        evaluate(self.days.warehouse, self.days.definitions, LAST, morning_after(LAST), notify=True)
        ((payload,),) = self.days.fetch("select payload from ops.notification_outbox")
        return Notice.from_json(payload)


def test_the_last_thirty_days_with_the_limit(told) -> None:
    series = told.notice().series
    assert series is not None
    days = [day for day, _ in series.points]
    assert days == [(LAST - timedelta(days=29 - n)).isoformat() for n in range(30)]
    assert [value for _, value in series.points] == [1000.0] * 29 + [600.0]
    assert (series.limit, series.limit_text, series.value) == (800.0, "800", "600")


def test_the_segments_that_moved_it_most_the_way_it_went(told) -> None:
    for key, name, before, after in (
        ("country", "DE", 500, 250), ("country", "FR", 300, 200), ("country", "US", 200, 250),
        ("plan_type", "free", 900, 580), ("plan_type", "pro", 100, 20),
    ):  # fmt: skip
        told.segment(key, name, before, after)
    notice = told.notice()
    assert notice.movers == (
        ("Plan type free", f"{MINUS}320"),
        ("Country DE", f"{MINUS}250"),
        ("Country FR", f"{MINUS}100"),
    )  # fmt: skip
    assert notice.metric_id == DAU


def test_groups_below_ten_are_never_named(told) -> None:
    told.segment("country", "DE", 500, 400)
    told.segment("country", "MC", 300, 9)
    told.segment("country", "LI", 8, 0)
    assert told.notice().movers == (("Country DE", f"{MINUS}100"),)


def test_one_hidden_group_hides_the_next_smallest_so_that_nobody_subtracts(told) -> None:
    told.segment("country", "DE", 500, 400)
    told.segment("country", "FR", 300, 200)
    told.segment("country", "MC", 300, 9)
    assert told.notice().movers == (("Country DE", f"{MINUS}100"),)


def test_a_cell_is_no_formula(told) -> None:
    told.segment("country", "=1+1", 500, 400)
    assert told.notice().movers == (("Country '=1+1", f"{MINUS}100"),)


def test_of_the_end_the_chart_goes_to_the_end(told) -> None:
    told.notice()
    told.days.mark_sent()
    after = LAST + timedelta(days=1)
    told.days.value(DAU, after, 1000)
    told.days.publish(after)
    evaluate(told.days.warehouse, told.days.definitions, after, morning_after(after), notify=True)
    ((payload,),) = told.days.fetch(
        "select payload from ops.notification_outbox where kind = 'resolve'"
    )
    ended = Notice.from_json(payload)
    assert ended.series is not None and ended.series.points[-1] == (after.isoformat(), 1000.0)
    assert ended.movers == ()


def test_what_is_not_about_a_metric_has_no_chart(warehouse, define) -> None:
    rule = """
- id: checks
  priority: P1
  condition: {kind: check, severity: error}
  owner: data
  runbook: docs/runbooks/checks.md
  tests: [{values: [1], states: [firing]}, {values: [0], states: [inactive]}]
"""
    days = Days(warehouse, define(rule))
    with warehouse.connect() as connection:
        connection.execute(
            "insert into ops.check_results (check_name, dataset, severity, as_of, passed,"
            " rows_failed) values ('c', 'd', 'error', %s, false, 3)", [date(2026, 1, 5)],
        )  # fmt: skip
    days.publish(MONDAY)
    days.evaluate(MONDAY)
    ((payload,),) = days.fetch("select payload from ops.notification_outbox")
    assert Notice.from_json(payload).series is None


def test_without_its_chart_an_alert_is_told_all_the_same(told, monkeypatch) -> None:
    monkeypatch.setattr(context, "_VALUES", "select nothing from nowhere")
    notice = told.notice()
    assert notice.title == "Users Active Daily down 40 %"
    assert notice.series is None

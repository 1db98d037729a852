"""Values over time: late data, new metrics, periods that are not over, time zones."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from metrics.conftest import Company
from monstera.warehouse import Warehouse

USERS = "users_[afrs]*"  # no more than these tests read
SHORT = "business_time_zone: {zone}\nnew_days: 5\nactive_days: 4\nchurn_days: 9\n"


@pytest.fixture
def company(warehouse: Warehouse, tmp_path: Path) -> Company:
    """Ada in Germany, signed up and active on Monday 5 January; published up to the 8th."""
    company = Company(warehouse, tmp_path, files=USERS, lifecycle=SHORT.format(zone="UTC"))
    company.person("ada", "2026-01-05 09:00+00", "DE")
    company.event("ada", "2026-01-05 10:00+00")
    company.deliver()
    for day in range(5, 9):
        company.publish(date(2026, 1, day))
    return company


def restated(company: Company, metric: str) -> list[tuple]:
    """Date, segment, old, new and cause of a metric's corrections."""
    return company.rows(
        "select date::text, segment_value, old_value::int, new_value::int, cause"
        " from ops.metric_restatements where metric_id = %s order by 1, 2",
        metric,
    )


def test_a_late_event_corrects_its_window_and_says_so(company: Company) -> None:
    company.person("bob", "2026-01-05 09:00+00", "FR")
    company.event("bob", "2026-01-06 10:00+00")
    company.deliver()
    company.publish("2026-01-09")
    weekly = [company.value("users_active_weekly", f"2026-01-{day:02}") for day in range(5, 10)]
    assert weekly == [1, 2, 2, 2, 2]
    corrected = {row[:1] + row[2:] for row in restated(company, "users_active_weekly")}
    totals = {(f"2026-01-{day:02}", 1, 2, "late_data") for day in (6, 7, 8)}
    assert totals <= corrected
    assert {day for day, *_ in corrected} == {"2026-01-06", "2026-01-07", "2026-01-08"}
    first_there = ("2026-01-06", "FR", None, 1, "late_data")  # nobody of France was known
    assert first_there in restated(company, "users_active_weekly")


def test_who_moves_counts_in_the_new_country_from_that_day(company: Company) -> None:
    company.becomes("ada", "2026-01-07 12:00+00", "FR")  # known late
    company.deliver()
    company.publish("2026-01-09")
    for metric in ("users_total_daily", "users_active_weekly"):
        by_country = [
            [company.value(metric, f"2026-01-{day:02}", "country", country) or 0
             for day in range(5, 10)]
            for country in ("DE", "FR")
        ]  # fmt: skip
        assert by_country == [[1, 1, 0, 0, 0], [0, 0, 1, 1, 1]], metric
    assert restated(company, "users_total_daily")[0] == ("2026-01-07", "DE", 1, 0, "late_data")


def test_a_deletion_takes_a_user_out_of_the_total(company: Company) -> None:
    company.event("ada", "2026-01-09 10:00+00", "user_deleted")
    company.deliver()
    company.publish("2026-01-09")
    assert company.value("users_total_daily", "2026-01-08") == 1
    assert company.value("users_total_daily", "2026-01-09") == 0
    assert company.value("users_in_state_deleted_daily", "2026-01-09", "country", "DE") == 1


def test_a_period_that_is_not_over_is_partial_and_its_change_no_correction(
    company: Company,
) -> None:
    company.person("bob", "2026-01-10 09:00+00", "FR")
    company.event("bob", "2026-01-10 10:00+00")
    company.deliver()
    partial = "select is_partial from gold.metric_values where metric_id = %s and date = %s"
    week = ("users_active_weekly_calendar", "2026-01-05")
    company.publish("2026-01-10")
    assert set(company.rows(partial, *week)) == {(True,)}
    company.publish("2026-01-11")
    assert set(company.rows(partial, *week)) == {(False,)}
    assert company.value(*week) == 2
    assert restated(company, week[0]) == []


def test_a_session_over_midnight_is_of_the_day_it_began_on(company: Company) -> None:
    """Twenty minutes, ten of them on the 10th; on the 9th it is not over: no correction."""
    length = ("sessions_length_in_minutes_daily", "2026-01-09")
    company.event("ada", "2026-01-09 23:50+00")
    company.event("ada", "2026-01-10 00:10+00")
    company.deliver()
    company.publish("2026-01-09")
    company.publish("2026-01-10")
    assert company.value(*length) == 20
    begun = [company.value("sessions_begun_daily", f"2026-01-{day:02}") for day in (8, 9, 10)]
    assert begun == [0, 1, 0]
    assert restated(company, length[0]) == []
    company.rebuild("2026-01-10")
    assert company.value(*length) == 20
    assert restated(company, length[0]) == []


def test_a_new_metric_gets_its_whole_history(company: Company) -> None:
    before = company.rows("select count(*) from ops.metric_restatements")
    entry = yaml.safe_load((company.folder / "metrics" / "users_activity.yaml").read_text())[0]
    entry |= {"id": "users_active_daily_of_two", "name": "Users Active Daily of Two"}
    entry["formula"]["window_days"] = 2
    (company.folder / "metrics" / "new.yaml").write_text(yaml.safe_dump([entry]))
    company.define({"editor": "", "workspace": ""}, SHORT.format(zone="UTC"))
    publication = company.publish("2026-01-09")
    # one date and the one before: the 5th and the 6th
    values = [company.value(entry["id"], f"2026-01-{day:02}") for day in range(5, 10)]
    assert values == [1, 1, 0, 0, 0]
    assert publication.gear == "day"  # no state was computed again
    assert company.rows("select count(*) from ops.metric_restatements") == before


def test_a_retired_metric_keeps_its_history_and_gets_no_more(company: Company) -> None:
    file = company.folder / "metrics" / "users_activity.yaml"
    entries = yaml.safe_load(file.read_text())
    entries[-1]["approval"] += [{"status": "retired", "date": date(2026, 1, 9), "by": "data"}]
    retired = entries[-1]["id"]
    file.write_text(yaml.safe_dump(entries, sort_keys=False))
    rows = company.rows("select count(*) from gold.metric_values where metric_id = %s", retired)
    company.define({"editor": "", "workspace": ""}, SHORT.format(zone="UTC"))
    company.publish("2026-02-09")
    query = "select count(*) from gold.metric_values where metric_id = %s"
    assert company.rows(query, retired) == rows


def test_a_metric_that_is_in_force_again_gets_what_it_missed(company: Company) -> None:
    file = company.folder / "metrics" / "users_activity.yaml"
    text = file.read_text()
    entries = yaml.safe_load(text)
    entries[0]["approval"] += [{"status": "retired", "date": date(2026, 1, 9), "by": "data"}]
    company.event("ada", "2026-01-09 10:00+00")
    company.deliver()
    for content in (yaml.safe_dump(entries, sort_keys=False), text):
        file.write_text(content)
        company.define({"editor": "", "workspace": ""}, SHORT.format(zone="UTC"))
        company.publish("2026-01-09")
    assert company.value(entries[0]["id"], "2026-01-09") == 1


def test_a_metric_that_is_declared_no_more_has_no_values(company: Company) -> None:
    (company.folder / "metrics" / "users_activity.yaml").unlink()
    for file in (company.folder / "metrics").glob("users_*.yaml"):
        kept = [e for e in yaml.safe_load(file.read_text()) if e["formula"]["kind"] == "flow"]
        file.write_text(yaml.safe_dump(kept, sort_keys=False))
    company.define({"editor": "", "workspace": ""}, SHORT.format(zone="UTC"))
    company.publish("2026-01-09")
    known = company.rows("select distinct metric_id from gold.metrics_api")
    assert known
    assert {metric for (metric,) in known} <= company.metrics.keys()


def test_a_ratio_may_be_of_a_metric_with_a_file_of_its_own(company: Company) -> None:
    """One user active on the 9th through the share of metrics with owners, which is 1."""
    entry = yaml.safe_load((company.folder / "metrics" / "users_activity.yaml").read_text())[0]
    entry["segments"] = []
    owned = {"id": "definitions_owned_daily", "name": "Definitions Owned Daily"}
    owned = entry | owned | {"formula": {"kind": "sql"}}
    ratio = {"id": "users_by_definition_daily", "name": "Users by Definition Daily"}
    parts = {"numerator": entry["id"], "denominator": owned["id"]}
    ratio = entry | ratio | {"formula": {"kind": "ratio", **parts}}
    for name, more in (("owned", owned), ("ratio", ratio)):
        (company.folder / "metrics" / f"{name}.yaml").write_text(yaml.safe_dump([more]))
    company.define({"editor": "", "workspace": ""}, SHORT.format(zone="UTC"))
    company.event("ada", "2026-01-09 10:00+00")
    company.deliver()
    company.publish("2026-01-09")
    assert company.value("users_by_definition_daily", "2026-01-09") == 1


def test_a_rebuild_forgets_what_was_before_the_beginning(company: Company) -> None:
    """The signup turns out to be on the 7th: one user since then, and not two."""
    company.user("ada", "2026-01-07 09:00+00")
    company.deliver()
    company.rebuild("2026-01-08")
    totals = [company.value("users_total_daily", f"2026-01-{day:02}") for day in range(5, 9)]
    assert totals[2:] == [1, 1]
    assert not any(totals[:2])
    assert ("2026-01-06", "all", 1) in [row[:3] for row in restated(company, "users_total_daily")]


@pytest.mark.parametrize(
    ("zone", "day"),
    [("UTC", "2026-03-08"), ("America/New_York", "2026-03-07"), ("Asia/Tokyo", "2026-03-08")],
)
def test_a_day_is_one_of_the_business_zone(
    warehouse: Warehouse, tmp_path: Path, zone: str, day: str
) -> None:
    company = Company(warehouse, tmp_path, files=USERS, lifecycle=SHORT.format(zone=zone))
    company.person("ada", "2026-03-02 12:00+00")
    company.event("ada", "2026-03-08 04:30+00")  # 23:30 of the 7th in New York, 13:30 in Tokyo
    company.deliver()
    company.rebuild("2026-03-20")
    active = company.rows(
        "select date::text from gold.metric_values where metric_id = 'users_active_daily'"
        " and segment_key = 'all' and value = 1"
    )
    assert active == [(day,)]


def test_day_7_counts_dates_across_a_change_of_clocks(warehouse: Warehouse, tmp_path: Path) -> None:
    """New York, 8 March: an hour is missing. Day 7 of the 6th is the 13th, all of it, no more."""
    company = Company(
        warehouse, tmp_path, files=USERS, lifecycle=SHORT.format(zone="America/New_York")
    )
    for name, at in {
        "first hour": "2026-03-13 04:30+00",  # 00:30 of the 13th, less than 7 x 24 hours later
        "last hour": "2026-03-14 03:30+00",  # 23:30 of the 13th
        "day 6": "2026-03-13 03:30+00",  # 23:30 of the 12th
        "day 8": "2026-03-14 04:30+00",  # 00:30 of the 14th
    }.items():
        company.person(name, "2026-03-06 20:00+00")
        company.event(name, at)
    company.deliver()
    company.rebuild("2026-04-12")
    assert company.value("users_retained_weekly_on_day_7", "2026-03-02") == 0.5  # first, last hour
    assert company.value("users_retained_weekly_from_day_7", "2026-03-02") == 0.75  # and day 8


def test_what_was_never_published_says_nothing(company: Company) -> None:
    days = company.rows("select min(date), max(date) from gold.metric_values where grain = 'day'")
    assert days == [(date(2026, 1, 5), date(2026, 1, 5) + timedelta(days=3))]

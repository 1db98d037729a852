"""Which business day a run publishes."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monstera.definitions import compile_definitions, load_definitions
from monstera.settings import Settings
from monstera.warehouse import Warehouse

PUBLISH = """
with publication as (
    insert into ops.publications (
        as_of, definition_version, gear, reason, started_at, users_touched, transitions_written,
        values_restated
    )
    values (%(as_of)s, %(version)s, 'day', 'test', now(), 0, 0, 0)
    returning as_of, definition_version, publication_id
)
insert into ops.current_publication (as_of, definition_version, publication_id)
select * from publication
"""
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def choose(airflow: None, configured: Settings, warehouse: Warehouse) -> Any:
    """`day_to_publish` for a warehouse that has published a day, or none."""
    from monstera.orchestration import steps

    def choose(
        start: datetime | None, asked_for: str | None = None, published: date | None = None
    ) -> str:
        with warehouse.transaction() as connection:
            version = compile_definitions(connection, load_definitions(configured.definitions))
            connection.execute("delete from ops.current_publication")
            if published is not None:
                connection.execute(PUBLISH, {"as_of": published, "version": version})
        return steps.day_to_publish(asked_for, start)

    return choose


def test_a_day_asked_for_is_taken(choose: Any) -> None:
    assert choose(_midnight(_today()), asked_for="2025-03-10") == "2025-03-10"


def test_a_run_publishes_the_day_of_its_interval(choose: Any) -> None:
    yesterday = _today() - timedelta(days=1)
    assert choose(_midnight(yesterday)) == str(yesterday)


def test_without_an_interval_the_last_day_that_ended(choose: Any) -> None:
    assert choose(None) == str(_today() - timedelta(days=1))


def test_a_few_missed_days_are_made_up_for_one_by_one(choose: Any) -> None:
    day = _today() - timedelta(days=5)
    assert choose(_midnight(day), published=day - timedelta(days=1)) == str(day)


def test_many_missed_days_are_made_up_for_at_once(choose: Any) -> None:
    day = _today() - timedelta(days=30)
    last_ended = _today() - timedelta(days=1)
    assert choose(_midnight(day), published=day - timedelta(days=1)) == str(last_ended)
    assert choose(_midnight(day), published=None) == str(last_ended)


def test_an_old_run_cleared_by_hand_stays_with_its_day(choose: Any) -> None:
    day = _today() - timedelta(days=30)
    assert choose(_midnight(day), published=_today() - timedelta(days=1)) == str(day)


def test_everything_is_checked_on_the_sunday_of_the_business_zone(
    choose: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At half past three in Tokyo it is half past six in the evening before in UTC."""
    from monstera.orchestration import steps

    (tmp_path / "lifecycle.yaml").write_text("business_time_zone: Asia/Tokyo\n")
    monkeypatch.setenv("MONSTERA_DEFINITIONS", str(tmp_path))
    choose(None, published=date(2025, 5, 30))
    saturday = datetime(2025, 5, 31, 18, 30, tzinfo=UTC)
    assert steps.audit_in_full(saturday + timedelta(days=1)) == {}
    assert steps.audit_in_full(saturday)["checks"] > 0


@pytest.mark.parametrize("day", ["2025-03-30", "2025-10-26", "2025-06-01"])
def test_the_interval_begins_the_business_day_also_when_clocks_change(
    airflow: None, day: str
) -> None:
    import pendulum
    from airflow.timetables.interval import CronDataIntervalTimetable

    timetable = CronDataIntervalTimetable("0 0 * * *", timezone="Europe/Berlin")
    noon_after = datetime.fromisoformat(day).replace(hour=12, tzinfo=BERLIN) + timedelta(days=1)
    interval = timetable.infer_manual_data_interval(run_after=pendulum.instance(noon_after))
    assert interval.start.astimezone(BERLIN).date() == date.fromisoformat(day)
    assert interval.end.astimezone(BERLIN).hour == 0


def test_making_up_begins_with_the_first_business_day(
    airflow: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from monstera.orchestration import wiring

    (tmp_path / "lifecycle.yaml").write_text("business_time_zone: Europe/Berlin\n")
    monkeypatch.setenv("MONSTERA_DEFINITIONS", str(tmp_path))
    monkeypatch.setenv("MONSTERA_FIRST_DAY", "2025-03-30")
    assert wiring.first_day() == datetime(2025, 3, 29, 23, tzinfo=UTC)


def _today() -> date:
    return datetime.now(UTC).date()


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)

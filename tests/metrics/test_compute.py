"""Metrics against numbers counted by hand, on a company of a few users in January 2026."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from monstera.definitions import compile_definitions, load_definitions
from monstera.metrics import compute, metrics
from monstera.warehouse import Warehouse

MONDAY = date(2026, 1, 5)
SUNDAY = date(2026, 1, 11)


def user(number: int) -> UUID:
    return UUID(int=number)


@pytest.fixture(autouse=True)
def definitions(warehouse: Warehouse, tmp_path: Path) -> None:
    (tmp_path / "lifecycle.yaml").write_text("business_time_zone: UTC\n")
    with warehouse.connect() as connection:
        compile_definitions(connection, load_definitions(tmp_path))


def step(connection, number, day, seq, *states) -> None:
    connection.execute(
        "insert into silver.user_state_transitions (transition_id, user_id, transition_timestamp,"
        " transition_on, seq, scope, from_state, to_state, reason)"
        " values (gen_random_uuid(), %s, %s, %s, %s, 'platform', %s, %s, 'test')",
        [user(number), day, day, seq, *states],
    )


def states(connection, day, **users) -> None:
    for state, count in users.items():
        connection.execute(
            "insert into gold.user_state_counts (date, users, scope, state)"
            " values (%s, %s, 'platform', %s)",
            [day, count, state],
        )


def life(connection, number, started_on, ended_on="infinity") -> None:
    connection.execute(
        "insert into silver.user_lives (user_id, life_number, started_on, ended_on, started_at,"
        " ended_at) values (%s, 1, %s, %s, %s, %s)",
        [user(number), started_on, ended_on, started_on, ended_on],
    )


def active(connection, number, day, qualifying=1) -> None:
    connection.execute(
        "insert into silver.user_daily_activity (active_on, events, qualifying_events,"
        " first_event_at, user_id, first_event_id, scope)"
        " values (%s, 1, %s, %s, %s, gen_random_uuid(), 'platform')",
        [day, qualifying, day, user(number)],
    )


def load(connection, dt, accepted, *, duplicate=0, quarantined=0, feed="events") -> int:
    return connection.execute(
        "insert into ops.load_manifest (feed, path, dt, status, rows_read, accepted, duplicate,"
        " quarantined) values (%s, 'a.jsonl', %s, 'loaded', %s, %s, %s, %s) returning load_id",
        [feed, dt, accepted + duplicate + quarantined, accepted, duplicate, quarantined],
    ).fetchone()[0]


def event(connection, day, load_id) -> None:
    connection.execute("select bronze.ensure_event_partition(%s)", [day])
    connection.execute(
        "insert into bronze.events (occurred_at, received_at, load_id, event_id, entity_id,"
        " occurred_on, schema_version, is_qualifying_event, is_activation_event, entity_type,"
        " event_type, location) values (%s, %s, %s, gen_random_uuid(), gen_random_uuid(), %s, 1,"
        " true, false, 'system', 'video_created', 'web_app')",
        [day, day, load_id, day],
    )


def publish(connection, as_of, gear="day") -> None:
    connection.execute(
        "insert into ops.publications (as_of, definition_version, gear, reason, started_at,"
        " users_touched, transitions_written, values_restated)"
        " values (%s, (select max(version) from ref.definition_versions), %s, 'test', now(),"
        " 0, 0, 0)",
        [as_of, gear],
    )


def compute_as_publisher(connection, first, last) -> int:
    connection.execute("set local role monstera_transformer")
    restated = compute(connection, first, last)
    connection.execute("reset role")
    return restated


def values(connection, metric) -> dict[date, tuple]:
    rows = connection.execute(
        "select date, value, numerator, denominator from gold.metric_values where metric_id = %s",
        [metric],
    ).fetchall()
    return {row[0]: row[1:] for row in rows}


def test_churn_counts_members_of_the_start_who_churned_in_the_week(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        states(connection, date(2026, 1, 1), new=1)
        # Sunday evening before the week: 3 active + 1 dormant are members; the others are not.
        states(connection, date(2026, 1, 4), active=3, dormant=1, new=2, churned=5, deleted=1)
        step(connection, 1, date(2026, 1, 6), 0, "dormant", "churned")  # counts
        step(connection, 2, date(2026, 1, 7), 0, "new", "churned")  # never activated: no
        step(connection, 3, date(2026, 1, 5), 0, "new", "active")  # new at the start: no
        step(connection, 3, date(2026, 1, 11), 0, "active", "churned")
        step(connection, 4, date(2026, 1, 11), 0, "active", "dormant")  # path through dormant: yes
        step(connection, 4, date(2026, 1, 11), 1, "dormant", "churned")
        step(connection, 5, date(2026, 1, 12), 0, "dormant", "churned")  # the week after
        compute_as_publisher(connection, MONDAY, SUNDAY)
        assert values(connection, "users_churn_rate_weekly") == {
            MONDAY: (Decimal("0.5"), 2, 4)  # users 1 and 4 of 3 + 1
        }


def test_a_week_without_members_has_no_rate_and_an_unfinished_week_no_row(
    warehouse: Warehouse,
) -> None:
    with warehouse.connect() as connection:
        states(connection, date(2026, 1, 4), new=3)
        compute_as_publisher(connection, MONDAY, date(2026, 1, 17))  # a Saturday
        assert values(connection, "users_churn_rate_weekly") == {MONDAY: (None, 0, 0)}


def test_activation_counts_the_week_s_signups_active_within_seven_days(
    warehouse: Warehouse,
) -> None:
    with warehouse.connect() as connection:
        for number in (1, 2, 3, 4):
            life(connection, number, SUNDAY)
        life(connection, 5, MONDAY, ended_on=date(2026, 1, 6))
        life(connection, 6, date(2026, 1, 12))  # the week after
        active(connection, 1, SUNDAY)  # day 0: yes
        active(connection, 2, SUNDAY + timedelta(days=7))  # day 7: yes
        active(connection, 3, SUNDAY + timedelta(days=8))  # day 8: no
        active(connection, 4, SUNDAY, qualifying=0)  # nothing that qualifies: no
        active(connection, 5, date(2026, 1, 9))  # after the first life ended: no
        mature = SUNDAY + timedelta(days=7)
        compute_as_publisher(connection, MONDAY, mature - timedelta(days=1))
        assert values(connection, "users_activation_rate_weekly") == {}
        compute_as_publisher(connection, mature, mature)
        assert values(connection, "users_activation_rate_weekly") == {
            MONDAY: (Decimal("0.4"), 2, 5)
        }


def test_volume_counts_each_day_and_zero_where_nothing_happened(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        load_id = load(connection, date(2026, 1, 7), accepted=3)
        for day in (date(2026, 1, 5), date(2026, 1, 5), date(2026, 1, 7)):
            event(connection, day, load_id)
        compute_as_publisher(connection, date(2026, 1, 1), date(2026, 1, 8))
        volume = {day: row[0] for day, row in values(connection, "events_volume_daily").items()}
    # Nothing is said about days before the first event.
    assert volume == {date(2026, 1, 5): 2, date(2026, 1, 6): 0, date(2026, 1, 7): 1,
                      date(2026, 1, 8): 0}  # fmt: skip


def test_compliance_is_accepted_and_duplicate_rows_of_those_read(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        load(connection, MONDAY, accepted=90, duplicate=4, quarantined=6)
        load(connection, MONDAY, accepted=96, quarantined=4)
        load(connection, MONDAY, accepted=1, quarantined=99, feed="users")
        compute_as_publisher(connection, MONDAY, MONDAY)
        # (90 + 4 + 96) of 200 event rows; the users feed is none of them.
        assert values(connection, "events_compliance_daily") == {
            MONDAY: (Decimal("0.95"), 190, 200)
        }


def test_failed_checks_count_by_their_latest_run(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        for name, passed in (("a", False), ("a", True), ("b", False), ("c", True)):
            connection.execute(
                "insert into ops.check_results (check_name, dataset, severity, as_of, passed,"
                " rows_failed) values (%s, 'silver.x', 'warn', %s, %s, 1)",
                [name, MONDAY, passed],
            )
        compute_as_publisher(connection, MONDAY, MONDAY)
        assert values(connection, "checks_failed_daily") == {MONDAY: (1, None, None)}


def test_computing_again_changes_nothing(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        event(connection, MONDAY, load(connection, MONDAY, accepted=1))
        publish(connection, MONDAY)
        compute_as_publisher(connection, MONDAY, MONDAY)
        connection.commit()
        before = connection.execute("select * from gold.metric_values order by 1").fetchall()
        connection.commit()
        assert compute_as_publisher(connection, MONDAY, MONDAY) == 0
        after = connection.execute("select * from gold.metric_values order by 1").fetchall()
    assert before == after
    assert len(before) == 2


def test_a_late_event_restates_the_published_day_and_says_so(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        event(connection, MONDAY, load(connection, MONDAY, accepted=1))
        publish(connection, MONDAY)
        compute_as_publisher(connection, MONDAY, MONDAY)
        connection.execute("update ops.load_manifest set published_as_of = %s", [MONDAY])

        tuesday = MONDAY + timedelta(days=1)
        event(connection, MONDAY, load(connection, tuesday, accepted=1))
        publish(connection, tuesday)
        assert compute_as_publisher(connection, MONDAY, tuesday) == 1
        restatements = connection.execute(
            "select metric_id, date, grain, old_value, new_value, cause"
            " from ops.metric_restatements"
        ).fetchall()
    assert restatements == [("events_volume_daily", MONDAY, "day", 1, 2, "late_data")]


def test_a_day_counts_only_the_days_that_its_loads_touched(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        old = load(connection, MONDAY, accepted=1)
        event(connection, MONDAY, old)
        publish(connection, MONDAY)
        compute_as_publisher(connection, MONDAY, MONDAY)
        connection.execute("update ops.load_manifest set published_as_of = %s", [MONDAY])
        event(connection, MONDAY, old)  # the loader would never: it shows that nobody counts again
        tuesday = MONDAY + timedelta(days=1)
        publish(connection, tuesday)
        compute_as_publisher(connection, MONDAY, tuesday)
        assert values(connection, "events_volume_daily")[MONDAY][0] == 1
        publish(connection, tuesday, gear="rebuild")
        compute_as_publisher(connection, MONDAY, tuesday)
        assert values(connection, "events_volume_daily")[MONDAY][0] == 2


@pytest.mark.parametrize(
    ("metric", "as_of", "newest"),
    [
        ("events_volume_daily", date(2026, 1, 11), date(2026, 1, 11)),
        ("users_churn_rate_weekly", date(2026, 1, 11), date(2026, 1, 5)),
        ("users_churn_rate_weekly", date(2026, 1, 10), date(2025, 12, 29)),
        ("users_churn_rate_weekly", date(2026, 1, 12), date(2026, 1, 5)),
        ("users_activation_rate_weekly", date(2026, 1, 17), date(2025, 12, 29)),
        ("users_activation_rate_weekly", date(2026, 1, 18), date(2026, 1, 5)),
    ],
)
def test_the_newest_period_is_over_and_mature(metric: str, as_of: date, newest: date) -> None:
    assert metrics()[metric].newest_period(as_of) == newest
    assert metrics()[metric].known_from(newest) <= as_of

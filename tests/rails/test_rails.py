"""22 years of a real project: every count is that of an independent computation."""

import csv
from datetime import date, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from cross_product.naive import days_across, journey, pair, sequences, shown
from lifecycle.world import stored
from monstera import metrics, pipeline
from monstera.definitions import compile_definitions, load_definitions
from monstera.loading import open_pseudonyms
from monstera.publishing import rebuild
from monstera.settings import PROJECT, Settings
from monstera.warehouse import Warehouse
from monstera.warehouse.server import EmbeddedServer
from rails.walk import Done, path, product_states

FIRST_DAY, LAST_DAY = date(2026, 1, 1), date(2026, 8, 22)


@pytest.fixture(scope="module")
def rebuilt(loaded: Warehouse) -> Warehouse:
    """Everything in one pass."""
    rebuild(loaded, LAST_DAY, reason="test")
    return loaded


@pytest.fixture(scope="module")
def daily(server: EmbeddedServer, rails_settings: Settings) -> Warehouse:
    """Loaded and published day by day, as it was delivered."""
    server.create_database("rails_daily")
    warehouse = Warehouse(server.url("rails_daily"))
    pipeline.initialise(warehouse, rails_settings)
    for _ in pipeline.run(warehouse, rails_settings, FIRST_DAY, LAST_DAY):
        pass
    return warehouse


def test_what_was_loaded_refused_and_why(loaded: Warehouse) -> None:
    totals = _query(
        loaded,
        "select sum(rows_read), sum(accepted), sum(quarantined) from ops.load_manifest"
        " where feed = 'events'",
    )
    # 128,094 = 127,946 + 132 too old + 16 in the future
    assert totals == [(128_094, 127_946, 148)]
    reasons = _query(
        loaded,
        "select count(*) filter (where 'in_future' = any(reasons)),"
        " count(*) filter (where 'too_old' = any(reasons)), count(*) from bronze.event_quarantine",
    )
    assert reasons == [(16, 132, 148)]


@pytest.mark.parametrize("how", ["rebuilt", "daily"])
def test_states_on_the_sample_dates(how: str, rails: Path, request: pytest.FixtureRequest) -> None:
    warehouse = request.getfixturevalue(how)
    expected = _expected(rails / "expected_state_counts.csv", "date", "platform_state", "users")
    assert expected == _counts(warehouse, "scope = 'platform'", "date::text, state", expected)
    expected = _expected(
        rails / "expected_product_state_counts.csv", "date", "product_id", "state", "users"
    )
    assert expected == _counts(
        warehouse, "scope <> 'platform'", "date::text, scope, state", expected
    )


@pytest.mark.parametrize("how", ["rebuilt", "daily"])
def test_all_transitions(how: str, rails: Path, request: pytest.FixtureRequest) -> None:
    warehouse = request.getfixturevalue(how)
    counted = "coalesce(from_state, '(start)'), to_state, count(*)::text"
    found = _query(
        warehouse,
        f"select {counted} from silver.user_state_transitions where scope = 'platform'"
        " group by 1, 2",
    )
    assert set(found) == _expected(
        rails / "expected_transitions.csv", "from_state", "to_state", "count"
    )
    found = _query(
        warehouse,
        f"select scope, {counted} from silver.user_state_transitions where scope <> 'platform'"
        " group by 1, 2, 3",
    )
    assert set(found) == _expected(
        rails / "expected_product_transitions.csv", "product_id", "from_state", "to_state", "count"
    )


@pytest.mark.parametrize("how", ["rebuilt", "daily"])
def test_each_users_final_state(
    how: str, rails: Path, rails_settings: Settings, request: pytest.FixtureRequest
) -> None:
    pseudonyms = open_pseudonyms(rails_settings)
    expected = {
        (pseudonyms.token(user), state)
        for user, state in _expected(
            rails / "expected_final_states.csv", "user_id", "platform_state"
        )
    }
    found = _query(
        request.getfixturevalue(how),
        "select user_id, platform_state from silver.user_current_state",
    )
    assert set(found) == expected


def test_active_users_of_windows(rebuilt: Warehouse, rails: Path) -> None:
    windows = """
        select count(distinct user_id) filter (where active_on = %(day)s),
            count(distinct user_id) filter (where active_on > %(day)s::date - 7),
            count(distinct user_id) filter (where active_on > %(day)s::date - 30)
        from silver.user_daily_activity
        where active_on <= %(day)s and (qualifying_events > 0 or not %(qualifying)s)
    """
    with (rails / "reference_daily.csv").open() as lines, rebuilt.connect() as connection:
        for row in csv.DictReader(lines):
            found = connection.execute(
                windows, {"day": row["date"], "qualifying": row["events"] == "qualifying"}
            ).fetchone()
            assert found == (int(row["dau"]), int(row["wau_7d"]), int(row["mau_30d"])), row


@pytest.mark.long
def test_active_users_through_the_metric_layer(
    rebuilt: Warehouse, rails_settings: Settings, rails: Path
) -> None:
    windows = {
        "dau": "users_active_daily",
        "wau_7d": "users_active_weekly",
        "mau_30d": "users_active_monthly",
    }
    shipped = load_definitions(PROJECT / "include" / "definitions").metrics
    definitions = load_definitions(rails_settings.definitions).model_copy(
        update={"metrics": {id: shipped[id] for id in windows.values()}}
    )
    with (rails / "reference_daily.csv").open() as lines:
        expected = [row for row in csv.DictReader(lines) if row["events"] == "qualifying"]
    with rebuilt.connect() as connection:
        compile_definitions(connection, definitions)
        metrics.compute(connection, LAST_DAY, LAST_DAY)  # new metrics get their whole history
        values = dict(
            connection.execute(
                "select metric_id || ' ' || date, value::integer from gold.metric_values"
                " where segment_key = 'all'"
            ).fetchall()
        )
        connection.rollback()
    found = [
        {**row, **{key: str(values[f"{id} {row['date']}"]) for key, id in windows.items()}}
        for row in expected
    ]
    assert found == expected
    assert len(found) == 12


def test_daily_runs_and_the_rebuild_store_the_same_rows(
    rebuilt: Warehouse, daily: Warehouse
) -> None:
    by_days = stored(daily)
    for table, rows in stored(rebuilt).items():
        assert by_days[table] == rows, table


def test_what_hangs_on_no_metric_is_there_without_one(daily: Warehouse) -> None:
    shares = _query(daily, "select round(sum(events_share), 9) from gold.product_portfolio")
    assert shares == [(1,)]
    compared = "select distinct as_of, horizon_days from gold.product_count_retention"
    assert {*_query(daily, compared)} == {(LAST_DAY, days) for days in (30, 60, 90)}


@pytest.fixture(scope="module")
def log(rebuilt: Warehouse) -> dict[str, list[Done]]:
    """User → what they did, in order."""
    found: dict[str, list[Done]] = {}
    for user, at, *what in _query(
        rebuilt,
        "select user_id, occurred_at, event_type, product_id, is_qualifying_event"
        " from bronze.events where user_id is not null order by occurred_at, event_id",
    ):
        found.setdefault(user, []).append((at, *what))
    return found


def test_adoption_across_products(rebuilt: Warehouse, log: dict[str, list[Done]]) -> None:
    paths = [path(done, LAST_DAY) for done in log.values()]
    assert max(map(len, paths)) > 5
    found = _query(
        rebuilt,
        "select product_sequence, user_count, users_ending_here, avg_days_to_complete_sequence,"
        " retention_rate_90_days, sequence_completion_rate from silver.product_adoption_sequences",
    )
    assert {tuple(row[0]): shown(row[1:]) for row in found} == {
        sequence: shown(numbers) for sequence, numbers in sequences(paths).items()
    }
    found = _query(
        rebuilt,
        "select product_a, product_b, users_a, users_both, mature_users_a, co_adopters,"
        " co_adoption_rate, avg_days_between_adoptions, retention_both, retention_one,"
        " retention_lift from silver.product_affinity_matrix",
    )
    products = sorted({product for adopted in paths for product, _, _ in adopted})
    assert {row[:2]: shown(row[2:]) for row in found if {*row[:2]} <= {*products}} == {
        (a, b): shown(pair(paths, a, b, LAST_DAY).values()) for a, b in permutations(products, 2)
    }


def test_journeys_across_products(rebuilt: Warehouse, log: dict[str, list[Done]]) -> None:
    found: dict[str, list[tuple[Any, ...]]] = {}
    for user, *stage in _query(
        rebuilt,
        "select user_id, stage, entered_on, left_on from silver.user_product_journeys"
        " order by user_id, stage_number",
    ):
        found.setdefault(user, []).append(tuple(stage))
    signups = dict(_query(rebuilt, "select user_id, started_on from silver.user_lives"))
    walked = sorted(log)[::60]  # one in sixty, day by day
    for user in walked:
        days = [
            signups[user] + timedelta(days=day)
            for day in range((LAST_DAY - signups[user]).days + 1)
        ]
        states = product_states(log[user], days)
        assert found[user] == journey(days, dict.fromkeys(days, "any"), states), user
    assert {stage for user in walked for stage, *_ in found[user]} >= {"single", "multi"}


@pytest.mark.parametrize("how", ["rebuilt", "daily"])
def test_every_day_across_products(
    how: str, log: dict[str, list[Done]], request: pytest.FixtureRequest
) -> None:
    """Many commits touch several areas, whose events are of one second."""
    found: dict[str, dict[date, tuple[Any, ...]]] = {}
    for user, day, *used in _query(
        request.getfixturevalue(how),
        "select user_id, date, products_used_today, primary_product_today, product_switching_count"
        " from silver.cross_product_activity",
    ):
        found.setdefault(user, {})[day] = tuple(used)
    walked = {
        user: days_across([what[:3] for what in done], LAST_DAY) for user, done in log.items()
    }
    assert found == {user: days for user, days in walked.items() if days}
    assert sum(switches for days in walked.values() for *_, switches in days.values()) > 40_000


def _query(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    with warehouse.connect() as connection:
        return connection.execute(query.encode()).fetchall()


def _expected(file: Path, *columns: str) -> set[tuple[str, ...]]:
    with file.open() as lines:
        return {tuple(row[column] for column in columns) for row in csv.DictReader(lines)}


def _counts(
    warehouse: Warehouse, where: str, columns: str, expected: set[tuple[str, ...]]
) -> set[tuple[Any, ...]]:
    dates = sorted({row[0] for row in expected})
    listed = ", ".join(f"'{day}'" for day in dates)
    return set(
        _query(
            warehouse,
            f"select {columns}, users::text from gold.user_state_counts"
            f" where {where} and date in ({listed})",
        )
    )

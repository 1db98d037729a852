"""Small benchmarks run for real: what they compare must come to the same result."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from monstera import publishing
from monstera.bench import adoptions
from monstera.bench.arena import Arena, open_arena
from monstera.bench.daily_runs import advance
from monstera.bench.history import History, fill
from monstera.bench.measure import BenchmarkError, Size
from monstera.bench.rebuilds import ColumnarCopy
from monstera.bench.run import run
from monstera.warehouse import Warehouse

SIZE = Size(users=300, days=100, rounds=3, long_rounds=1)
AS_OF = 95


def silent(_: str) -> None:
    pass


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    with open_arena(tmp_path_factory.mktemp("bench") / "arena") as arena:
        yield arena


@pytest.fixture(scope="module")
def filled(arena: Arena) -> Iterator[tuple[Warehouse, History]]:
    """A warehouse with a hundred days, rebuilt as of one of the last."""
    with arena.warehouse("filled") as warehouse:
        history = fill(warehouse, SIZE, silent, with_products=True)
        publishing.rebuild(warehouse, history.day(AS_OF), reason="test")
        yield warehouse, history


def one(warehouse: Warehouse, query: str) -> int:
    with warehouse.transaction() as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])


def test_history_is_the_same_every_time(arena: Arena) -> None:
    digest = """
        select hashtextextended(string_agg(e::text, ',' order by occurred_on, event_id), 0)
        from bronze.events as e
    """
    digests = []
    for name in ("once", "twice"):
        with arena.warehouse(name) as warehouse:
            fill(warehouse, Size(50, 10, 3, 1), silent, with_products=True)
            digests.append(one(warehouse, digest))
    assert digests[0] == digests[1]


def test_history_has_every_state(filled: tuple[Warehouse, History]) -> None:
    warehouse, history = filled
    assert one(warehouse, "select count(*) from bronze.events") == history.events
    states = one(
        warehouse,
        "select count(distinct to_state) from silver.user_state_transitions"
        " where scope = 'platform'",
    )
    assert states == 6  # all but deleted and dunning
    daily = one(
        warehouse,
        "select count(distinct user_id) * 100 / 300 from bronze.events"
        " where occurred_on = '2026-03-01'",
    )
    assert 12 <= daily <= 30


def test_duckdb_comes_to_the_same_result(filled: tuple[Warehouse, History], tmp_path: Path) -> None:
    warehouse, history = filled
    copy = ColumnarCopy(warehouse, tmp_path)
    copy.rebuild(history.day(AS_OF))
    assert copy.same_as(warehouse)
    copy.rebuild(history.day(AS_OF - 1))
    assert not copy.same_as(warehouse)
    copy.close()


def test_adoptions_from_scratch_are_those_published(filled: tuple[Warehouse, History]) -> None:
    warehouse, history = filled
    figure = adoptions.measure(warehouse, history.day(AS_OF), 3, silent)
    assert len(figure.ours) == len(figure.yardstick) == 3
    assert one(warehouse, "select count(*) from silver.user_adoptions") > 0


def test_daily_runs_and_full_history_agree(filled: tuple[Warehouse, History]) -> None:
    warehouse, history = filled
    found = advance(warehouse, history, AS_OF + 1, 2, silent, in_full=1)
    assert len(found.runs) == len(found.scans) == 2
    assert len(found.full_history) == len(found.snapshot_wal) == 1
    assert min(found.runs + found.scans + found.run_wal + found.snapshot_wal) > 0
    assert all(touched > 20 for touched in found.touched)


def test_full_history_that_differs_is_no_yardstick(filled: tuple[Warehouse, History]) -> None:
    warehouse, history = filled
    with warehouse.transaction() as connection:
        connection.execute("delete from bronze.events where occurred_on > '2026-02-01'")
    with pytest.raises(BenchmarkError, match="other states"):
        advance(warehouse, history, AS_OF + 3, 1, silent, in_full=1)


def test_a_whole_run_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "bench"
    (report,) = run("scale", folder, Size(200, 40, 3, 1), silent)
    assert not folder.exists()
    late, quiet = report.figures
    assert "day 40" in late.what
    assert len(late.values) == len(quiet.values) == 3
    assert report.sizes["events"] > 500
    assert report.machine["PostgreSQL"].startswith("18")


def test_refuses_what_it_cannot_measure(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 36 days"):
        next(run("scale", tmp_path / "bench", Size(200, 20, 3, 1), silent))
    with pytest.raises(FileExistsError, match="another benchmark"):
        next(run("scale", tmp_path, Size(200, 40, 3, 1), silent))
    assert tmp_path.exists()

"""The metric layer: all days against a scan, a segment more, a day early and late in history."""

import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg

from monstera import metrics
from monstera.bench.arena import DEFINITIONS
from monstera.bench.daily_runs import SCAN, scan
from monstera.bench.history import FIRST_DAY
from monstera.bench.measure import Figure, Progress, Reach, Size, in_turn
from monstera.definitions import Definitions, compile_definitions, load_definitions
from monstera.settings import PROJECT
from monstera.warehouse import Warehouse

GROUP = "rebuild"
SEGMENTS = ("country", "plan_type", "acquisition_source")
LIFECYCLE = (
    "users_activity", "users_dunning", "users_flows", "users_further", "users_retention",
    "users_states",
)  # fmt: skip
"""Files of the shipped metrics about the lives of users: states, flows, activity, retention."""
PUBLISHED = """
insert into ops.publications (
    as_of, definition_version, gear, reason, started_at, users_touched, transitions_written,
    values_restated
)
select %s, max(version), 'day', 'benchmark', now(), 0, 0, 0
from ref.definition_versions
"""


def measure(warehouse: Warehouse, as_of: date, size: Size, progress: Progress) -> list[Figure]:
    """The lifecycle metrics, computed in transactions that are rolled back."""
    days = (as_of - FIRST_DAY).days + 1
    number = len(_lifecycle_metrics(SEGMENTS).metrics)

    def all_days(segments: tuple[str, ...]) -> None:
        progress(f"metrics of all days, {len(segments)} segments")
        with warehouse.connect() as connection:
            _prepare(connection, segments)
            metrics.compute(connection, FIRST_DAY, as_of)
            connection.rollback()

    taken = in_turn(
        size.long_rounds,
        {
            "ours": lambda: all_days(SEGMENTS),
            "fewer": lambda: all_days(SEGMENTS[:-1]),
            "scan": lambda: scan(warehouse),
        },
    )
    early_day = days // 2
    early, late = _days(warehouse, early_day, as_of, size.rounds, progress)
    return [
        Figure(
            GROUP, f"{number} lifecycle metrics of {days} days, {len(SEGMENTS)} segments", "s",
            taken["ours"], SCAN, taken["scan"], reach=Reach("<=", 5.0),
        ),
        Figure(
            GROUP, "the same", "s", taken["ours"],
            "with a segment less", taken["fewer"], reach=Reach("<=", 2.0),
        ),
        Figure(
            GROUP, f"metrics of a day on day {days}", "s", late,
            f"of a day on day {early_day}", early, reach=Reach("<=", 1.15),
        ),
    ]  # fmt: skip


def _days(
    warehouse: Warehouse, early_day: int, as_of: date, rounds: int, progress: Progress
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Seconds of `rounds` days, each after the one before: from an early one on, and the last."""
    young, old = FIRST_DAY + timedelta(days=early_day - 1), as_of - timedelta(days=rounds - 1)
    with warehouse.connect() as connection:
        _prepare(connection, SEGMENTS)
        progress("metrics of a day")
        metrics.compute(connection, FIRST_DAY, young - timedelta(days=1))
        early = _one_by_one(connection, young, rounds)
        metrics.compute(connection, young, old - timedelta(days=1))
        late = _one_by_one(connection, old, rounds)
        connection.rollback()
    return early, late


def _one_by_one(
    connection: "psycopg.Connection[Any]", first: date, rounds: int
) -> tuple[float, ...]:
    taken = []
    for day in (first + timedelta(days=number) for number in range(rounds)):
        # Twice, so that the publication before has the same definitions and none is new.
        for _ in range(2):
            connection.execute(PUBLISHED, [day])
        begin = time.perf_counter()
        metrics.compute(connection, day, day)
        taken.append(time.perf_counter() - begin)
    return tuple(taken)


def _prepare(connection: "psycopg.Connection[Any]", segments: tuple[str, ...]) -> None:
    compile_definitions(connection, _lifecycle_metrics(segments))
    connection.execute("set local work_mem = '256MB'")


def _lifecycle_metrics(segments: tuple[str, ...]) -> Definitions:
    """The benchmark's definitions with the shipped metrics of users' lives, by these segments."""
    shipped = load_definitions(PROJECT / "include" / "definitions")
    chosen = {
        id: shipped.metrics[id].model_copy(update={"segments": segments})
        for id, declared in shipped.sources["metrics"].items()
        if Path(declared.file).stem in LIFECYCLE
        and shipped.metrics[id].segments[:1] == SEGMENTS[:1]
    }
    return load_definitions(DEFINITIONS).model_copy(update={"metrics": chosen})

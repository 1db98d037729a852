"""Adoption sequences and affinity of all users, computed from scratch."""

from datetime import date
from typing import Any

import psycopg

from monstera.bench.daily_runs import SCAN, scan
from monstera.bench.measure import BenchmarkError, Figure, Progress, Reach, in_turn
from monstera.publishing.computing import ROUGH_STATISTICS, run_step
from monstera.warehouse import Warehouse

GROUP = "across products"
STEPS = (
    "run/user_adoptions",
    "run/adoption_sequences",
    "run/product_pairs",
    "silver/user_adoptions",
    "silver/adoption_sequence_counts",
    "silver/product_pair_counts",
)
TABLES = ("user_adoptions", "adoption_sequence_counts", "product_pair_counts")


def measure(warehouse: Warehouse, as_of: date, rounds: int, progress: Progress) -> Figure:
    """Computes them for everybody, in a transaction that is rolled back.

    Raises:
        BenchmarkError: what was published until now is something else.
    """

    def compute() -> None:
        progress("adoption sequences and affinity from scratch")
        with warehouse.connect() as connection:
            _from_scratch(connection, as_of)
            connection.rollback()

    with warehouse.connect() as connection:
        published = _contents(connection)
        _from_scratch(connection, as_of)
        if _contents(connection) != published:
            raise BenchmarkError("From scratch, adoptions are other than those published.")
        connection.rollback()
    taken = in_turn(rounds, {"ours": compute, "scan": lambda: scan(warehouse)})
    return Figure(
        GROUP, "adoption sequences and affinity of all users, from scratch", "s", taken["ours"],
        SCAN, taken["scan"], reach=Reach("<=", 10.0),
    )  # fmt: skip


def _from_scratch(connection: "psycopg.Connection[Any]", as_of: date) -> None:
    connection.execute("set local work_mem = '256MB'")
    connection.execute(ROUGH_STATISTICS)
    for table in TABLES:
        connection.execute(f"truncate silver.{table}")
    connection.execute(
        "create unlogged table run.adoption_changes as"
        " select distinct user_id from silver.user_states"
    )
    connection.execute("analyze run.adoption_changes")
    for step in STEPS:
        run_step(connection, step, {"as_of": as_of})


def _contents(connection: "psycopg.Connection[Any]") -> list[Any]:
    return [
        connection.execute(
            f"select count(*), sum(hashtextextended(t::text, 0)) from silver.{table} as t"
        ).fetchone()
        for table in TABLES
    ]

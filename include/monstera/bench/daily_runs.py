"""The daily run: against a scan, against full-history SQL, against itself, and what it writes."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import psycopg

from monstera import publishing
from monstera.accounts import ACCOUNT_STEPS
from monstera.bench.history import History, read
from monstera.bench.measure import BenchmarkError, Figure, Progress, Reach, seconds
from monstera.segments import SEGMENT_STEPS
from monstera.warehouse import Warehouse

GROUP = "a day"
SCAN = "a sequential scan of the events"


@dataclass(frozen=True)
class Days:
    """Daily runs in a row and the yardsticks measured between them; one entry a round.

    Times in seconds, write-ahead log in bytes. `accounts` and `segments` are the parts of `runs`
    that computed them. `full_history` and `snapshot_wal` are of the first days only.
    """

    runs: tuple[float, ...]
    accounts: tuple[float, ...]
    segments: tuple[float, ...]
    run_wal: tuple[float, ...]
    touched: tuple[int, ...]
    scans: tuple[float, ...]
    full_history: tuple[float, ...] = ()
    snapshot_wal: tuple[float, ...] = ()

    @property
    def states(self) -> tuple[float, ...]:
        """The part of `runs` that computed neither accounts nor segments."""
        parts = zip(self.runs, self.accounts, self.segments, strict=True)
        return tuple(run - accounts - segments for run, accounts, segments in parts)


def advance(
    warehouse: Warehouse,
    history: History,
    first: int,
    rounds: int,
    progress: Progress,
    *,
    in_full: int = 0,
) -> Days:
    """Publishes `rounds` days from day `first` on, a scan after each.

    The publication before must reach up to the day before. The first `in_full` days have the other
    yardsticks too: the same day in full-history SQL, and the write-ahead log of rewriting the
    snapshot.

    Raises:
        BenchmarkError: the full-history SQL finds other states than the daily run.
    """
    runs, accounts, segments, run_wal, touched = [], [], [], [], []
    scans, snapshot_wal = [], []
    full: list[float] = []
    for number in range(first, first + rounds):
        day = history.day(number)
        progress(f"daily run of {day}")
        with warehouse.connect(autocommit=True) as connection:
            before = _wal(connection)
            begin = time.perf_counter()
            watch = _Watch()
            publication = publishing.publish(
                warehouse, day, reason="benchmark", progress=watch.begins
            )
            runs.append(time.perf_counter() - begin)
            accounts.append(watch.of(ACCOUNT_STEPS))
            segments.append(watch.of(SEGMENT_STEPS))
            run_wal.append(_wal(connection) - before)
        if publication.gear != "day":
            raise BenchmarkError(f"The run of {day} was no daily run but a {publication.gear}.")
        touched.append(publication.users_touched)
        progress("sequential scan")
        scans.append(scan(warehouse))
        if len(full) < in_full:
            progress(f"full-history SQL of {day}")
            full.append(_full_history(warehouse, day))
            progress(f"the snapshot of {day}, rewritten")
            snapshot_wal.append(_snapshot_wal(warehouse, day))
    return Days(
        tuple(runs),
        tuple(accounts),
        tuple(segments),
        tuple(run_wal),
        tuple(touched),
        tuple(scans),
        tuple(full),
        tuple(snapshot_wal),
    )


class _Watch:
    """Takes the time that a publish spends on each step."""

    def __init__(self) -> None:
        self._began: list[tuple[str, float]] = []

    def begins(self, step: str) -> None:
        """Called with each step as it begins."""
        self._began.append((step, time.perf_counter()))

    def of(self, steps: Sequence[str]) -> float:
        """Seconds that these steps took together, up to the beginning of the next one each."""
        following = pairwise(self._began)
        return sum(end - begin for (step, begin), (_, end) in following if step in steps)


def scan(warehouse: Warehouse) -> float:
    """Seconds of one sequential scan of the events, parallel as configured."""
    with warehouse.transaction() as connection:
        return seconds(lambda: read("sequential_scan").execute(connection).fetchone())


def figures(days: Days) -> list[Figure]:
    """What a day of all scopes costs."""
    return [
        Figure(
            GROUP, "a day, platform and product states", "s", days.runs, SCAN, days.scans,
            reach=Reach("<=", 3.0), note=f"{days.touched[-1]:,} users touched",
        ),
        Figure(
            GROUP, "the same day in full-history SQL", "s", days.runs[:len(days.full_history)],
            "full-history SQL", days.full_history, "yardstick/ours", Reach(">=", 15.0),
        ),
        Figure(
            GROUP, "write-ahead log of a day", "bytes", days.run_wal[:len(days.snapshot_wal)],
            "rewriting the daily snapshot", days.snapshot_wal, reach=Reach("<=", 0.2),
        ),
    ]  # fmt: skip


def platform_figures(days: Days) -> list[Figure]:
    """What a day costs where no event belongs to a product: users, and accounts beside them."""
    return [
        Figure(
            GROUP, "a day, platform states", "s", days.states, SCAN, days.scans,
            reach=Reach("<=", 0.8), note=f"{days.touched[-1]:,} users touched",
        ),
        Figure(
            GROUP, "a day of accounts, one for every 50 users", "s", days.accounts,
            "a day, platform states", days.states, reach=Reach("<=", 1.0),
        ),
    ]  # fmt: skip


def segment_figures(days: Days) -> list[Figure]:
    """What the segments of a day cost, workflows and features that decide them included."""
    return [
        Figure(
            GROUP, "a day of all segments", "s", days.segments,
            "a day, platform and product states", days.states, reach=Reach("<=", 2.0),
        ),
    ]  # fmt: skip


def scale_figures(early: Days, late: Days, quiet: Days, late_day: int) -> list[Figure]:
    """That a day's cost grows neither with history nor with users, but with activity."""
    return [
        Figure(
            "scale", f"a day on day {late_day}", "s", late.runs,
            "a day on day 30", early.runs, reach=Reach("<=", 1.15),
            note=f"{late.touched[-1]:,} users touched, {early.touched[-1]:,} on day 30",
        ),
        Figure(
            "scale", "a day when half the users have gone quiet", "s", quiet.runs,
            "the full day", late.runs, reach=Reach("<=", 0.75),
            note=f"{quiet.touched[-1]:,} users touched",
        ),
    ]  # fmt: skip


def storage(warehouse: Warehouse, history: History, day: date) -> Figure:
    """Bytes of a year of history, as stored and as a row per user and day."""
    with warehouse.transaction() as connection:
        read("daily_snapshot").execute(connection, {"as_of": day})
        row = connection.execute(
            "select pg_total_relation_size('silver.user_state_spans_1'),"
            " pg_total_relation_size('bench_snapshot')"
        ).fetchone()
        connection.execute("drop table bench_snapshot")
    if row is None:
        raise BenchmarkError("The sizes of the tables are not known.")
    return Figure(
        GROUP, "storage of a year of history", "bytes", (row[0] / history.days * 365,),
        "a row per user (and product) and day", (row[1] * 365.0,), reach=Reach("<=", 1 / 50),
        note=f"from {history.days} days",
    )  # fmt: skip


def _full_history(warehouse: Warehouse, day: date) -> float:
    with warehouse.transaction() as connection:
        taken = seconds(lambda: read("full_history").execute(connection, {"as_of": day}))
        differing = connection.execute(
            "select count(*) from bench_full_history as f"
            " full join silver.user_states as s using (user_id, scope)"
            " where f.state is distinct from s.state"
        ).fetchone()
        if differing != (0,):
            raise BenchmarkError(f"Full-history SQL of {day} finds other states: {differing}.")
        connection.execute("drop table bench_full_history")
    return taken


def _snapshot_wal(warehouse: Warehouse, day: date) -> float:
    with warehouse.connect(autocommit=True) as connection:
        before = _wal(connection)
        read("daily_snapshot").execute(connection, {"as_of": day})
        written = _wal(connection) - before
        connection.execute("drop table bench_snapshot")
        return written


def _wal(connection: "psycopg.Connection[Any]") -> float:
    """Bytes of write-ahead log that the server has written so far."""
    row = connection.execute("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn").fetchone()
    return float(row[0]) if row else 0.0

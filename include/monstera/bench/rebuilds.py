"""The rebuild: against the same result in DuckDB, and against daily runs."""

import statistics
from datetime import date
from pathlib import Path

import duckdb

from monstera import publishing
from monstera.bench.history import FIRST_DAY
from monstera.bench.measure import BenchmarkError, Figure, Progress, Reach, in_turn
from monstera.warehouse import Warehouse

GROUP = "rebuild"
SQL = Path(__file__).parent / "duckdb"
EXPORT = """
copy (
    select user_id, occurred_on, occurred_at at time zone 'UTC' as occurred_at, event_id,
        coalesce(product_id, 'platform') as scope, event_type, is_qualifying_event
    from bronze.events
) to stdout (format csv, header)
"""
COMPARED = (
    "select scope, state, count(*) from silver.user_states group by scope, state",
    "select scope, state, count(*) from silver.user_state_spans group by scope, state",
    """
    select scope, coalesce(from_state, ''), to_state, count(*), sum(days_in_previous_state)
    from silver.user_state_transitions group by scope, from_state, to_state
    """,
)


class ColumnarCopy:
    """The events in DuckDB's own format, and the same rebuild on them."""

    def __init__(self, warehouse: Warehouse, folder: Path) -> None:
        """Copies what the states are computed from; not part of any measured time."""
        folder.mkdir(parents=True, exist_ok=True)
        csv = folder / "events.csv"
        # four fifths of the memory, unless told otherwise: beside the server that is too much
        self._database = duckdb.connect(str(folder / "copy.duckdb"), config={"memory_limit": "50%"})
        with warehouse.transaction() as connection:
            with csv.open("wb") as file, connection.cursor().copy(EXPORT.encode()) as copy:
                for block in copy:
                    file.write(block)
            scopes = connection.execute(
                "select scope, new_days, active_days, churn_days from ref.scopes"
            ).fetchall()
            signups = connection.execute(
                "select user_id, signed_up_at at time zone 'UTC' from bronze.user_signups"
            )
            signup_csv = folder / "signups.csv"
            with signup_csv.open("w") as file:
                for user, signed_up_at in signups:
                    file.write(f"{user},{signed_up_at}\n")
        self._database.execute((SQL / "events.sql").read_text(), {"files": str(csv)})
        self._database.execute(
            "create table signups as select * from read_csv(?, header = false,"
            " columns = {'user_id': 'uuid', 'signed_up_at': 'timestamp'})",
            [str(signup_csv)],
        )
        self._database.execute(
            "create table scopes (scope varchar, new_days int, active_days int, churn_days int)"
        )
        self._database.executemany("insert into scopes values (?, ?, ?, ?)", scopes)
        csv.unlink()

    def rebuild(self, as_of: date) -> None:
        """All states of all days, the transitions between them, and where everybody stands."""
        self._database.execute("set variable as_of = ?::date", [as_of])
        self._database.execute((SQL / "rebuild.sql").read_text())

    def same_as(self, warehouse: Warehouse) -> bool:
        """Whether states, transitions and spans agree with the published ones in number."""
        with warehouse.transaction() as connection:
            return all(
                sorted(connection.execute(query.encode()).fetchall())
                == sorted(self._database.execute(query.replace("silver.", "")).fetchall())
                for query in COMPARED
            )

    def close(self) -> None:
        """Closes the copy."""
        self._database.close()


def measure(
    warehouse: Warehouse, as_of: date, rounds: int, folder: Path, progress: Progress
) -> Figure:
    """Rebuilds as of a day, here and in DuckDB in turn, and leaves that day published.

    Raises:
        BenchmarkError: the two results differ.
    """
    progress("columnar copy for DuckDB")
    copy = ColumnarCopy(warehouse, folder)

    def ours() -> None:
        progress("rebuild")
        publishing.rebuild(warehouse, as_of, reason="benchmark")

    def theirs() -> None:
        progress("rebuild in DuckDB")
        copy.rebuild(as_of)

    try:
        taken = in_turn(rounds, {"ours": ours, "theirs": theirs})
        if not copy.same_as(warehouse):
            raise BenchmarkError("The rebuild in DuckDB has another result.")
    finally:
        copy.close()
    days = (as_of - FIRST_DAY).days + 1
    return Figure(
        GROUP, f"rebuild of {days} days, all scopes", "s", taken["ours"],
        "the same result in DuckDB, from its own copy", taken["theirs"], reach=Reach("<=", 4.0),
    )  # fmt: skip


def against_daily_runs(rebuild: Figure, runs: tuple[float, ...], days: int) -> Figure:
    """A rebuild against as many daily runs, extrapolated from those measured."""
    all_days = statistics.median(runs) * days
    return Figure(
        GROUP, f"rebuild of {days} days", "s", rebuild.ours,
        f"{days} times the median of {len(runs)} daily runs", (all_days,) * len(rebuild.ours),
        "yardstick/ours", Reach(">=", 4.0), note="daily runs sampled at the end and extrapolated",
    )  # fmt: skip

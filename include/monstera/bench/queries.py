"""What readers wait for: distributions, series, one user, one date."""

from datetime import date, timedelta
from typing import Any

from monstera.bench.history import read
from monstera.bench.measure import Figure, Progress, Reach, in_turn
from monstera.warehouse import Warehouse

GROUP = "query"
RUNS = 5
QUERIES = {
    "states by day over 90 days, from gold": ("states_from_gold", 0.05),
    "states by day over 90 days, from transitions": ("states_from_transitions", 1.0),
    "states by day over 90 days, from the daily view": ("states_from_daily_view", 10.0),
    "one user's history": ("history_of_one_user", 0.005),
    "one date's snapshot, state columns": ("snapshot_states", 1.0),
    "one date's snapshot, all columns": ("snapshot_all", 3.0),
}


def measure(warehouse: Warehouse, as_of: date, rounds: int, progress: Progress) -> list[Figure]:
    """Times every query as an analyst would run it, on a warm cache, rows fetched."""
    parameters: dict[str, Any] = {"as_of": as_of, "first": as_of - timedelta(days=89)}
    with warehouse.transaction() as connection:
        found = connection.execute(
            "select user_id from silver.user_states where scope = 'platform'"
            " order by user_id offset 7 limit 1"
        ).fetchone()
    parameters["user_id"] = found[0] if found else None
    figures = []
    with warehouse.transaction("monstera_analyst") as connection:
        for what, (name, limit) in QUERIES.items():
            progress(what)
            query = read(name)

            def run(query: Any = query) -> None:
                query.execute(connection, parameters).fetchall()

            run()  # warms the cache
            taken = in_turn(max(RUNS, rounds), {what: run})[what]
            figures.append(Figure(GROUP, what, "s", taken, reach=Reach("<=", limit)))
    return figures

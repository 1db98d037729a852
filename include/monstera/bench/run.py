"""One run of the benchmarks: what shares a filled warehouse is measured on the same one."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from monstera import publishing
from monstera.bench import adoptions, daily_runs, loads, metric_layer, queries, rebuilds
from monstera.bench.arena import Arena, open_arena
from monstera.bench.history import History, fill
from monstera.bench.machine import describe
from monstera.bench.measure import Figure, Progress, Size, What
from monstera.bench.report import Report
from monstera.definitions import compile_definitions
from monstera.warehouse import Warehouse

EARLIEST = 30
"""The day of a young history that a late one is compared with."""


def run(what: What, folder: Path, size: Size, progress: Progress) -> Iterator[Report]:
    """Measures `what` on generated data; yields the report so far whenever there is more to it.

    The folder holds server and files while it runs and is gone afterwards.

    Raises:
        ValueError: too few days or rounds.
        FileExistsError: the folder is in use.
        BenchmarkError: ours and a yardstick come to different results.
    """
    if size.rounds < 3:
        raise ValueError("A median needs at least 3 rounds.")
    if size.days < EARLIEST + 2 * size.rounds:
        needed = EARLIEST + 2 * size.rounds
        raise ValueError(f"{size.rounds} rounds need at least {needed} days.")
    sizes = {"users": size.users, "days": size.days}
    with open_arena(folder) as arena:
        with arena.warehouse("about") as warehouse, warehouse.connect() as connection:
            machine = describe(connection)
        report = Report(datetime.now(UTC).date().isoformat(), machine, sizes, ())
        for figures in _figures(what, arena, size, sizes, progress):
            report = replace(report, figures=(*report.figures, *figures))
            yield report


def _figures(
    what: What, arena: Arena, size: Size, sizes: dict[str, int], progress: Progress
) -> Iterator[list[Figure]]:
    if what in {"load", "all"}:
        yield loads.measure(arena, size, progress)
    if what != "load":
        yield from _on_one_history(what, arena, size, sizes, progress)
    if what in {"day", "all"}:
        yield _platform_and_accounts(arena, size, progress)
        yield _segments(arena, size, progress)


def _on_one_history(
    what: What, arena: Arena, size: Size, sizes: dict[str, int], progress: Progress
) -> Iterator[list[Figure]]:
    """What is measured on one filled warehouse, in the order of its days; adds its events to sizes.

    The last day but `rounds` is the last full one: half the users are quiet afterwards.
    """
    wanted = {"day", "rebuild", "scale", "query"} if what == "all" else {what}
    rounds, first_late = size.rounds, size.days - size.rounds
    with arena.warehouse("history") as warehouse:
        longer = replace(size, days=size.days + rounds)
        history = fill(warehouse, longer, progress, with_products=True, quiet_days=rounds)
        sizes["events"] = history.events
        if "scale" in wanted:
            _rebuild(warehouse, history, EARLIEST - 1, progress)
            early = daily_runs.advance(warehouse, history, EARLIEST, rounds, progress)
        if "rebuild" in wanted:
            as_of, files = history.day(first_late - 1), arena.folder / "duckdb"
            rebuilt = rebuilds.measure(warehouse, as_of, size.long_rounds, files, progress)
            yield [rebuilt]
            yield metric_layer.measure(warehouse, as_of, size, progress)
            yield [adoptions.measure(warehouse, as_of, rounds, progress)]
        else:
            _rebuild(warehouse, history, first_late - 1, progress)
        in_full = size.long_rounds if "day" in wanted else 0
        late = daily_runs.advance(warehouse, history, first_late, rounds, progress, in_full=in_full)
        if "rebuild" in wanted:
            yield [rebuilds.against_daily_runs(rebuilt, late.runs, first_late)]
        if "day" in wanted:
            yield daily_runs.figures(late)
            yield [daily_runs.storage(warehouse, history, history.day(size.days - 1))]
        if "query" in wanted:
            yield queries.measure(warehouse, history.day(size.days - 1), rounds, progress)
        if "scale" in wanted:
            quiet = daily_runs.advance(warehouse, history, size.days, rounds, progress)
            yield daily_runs.scale_figures(early, late, quiet, size.days)


def _platform_and_accounts(arena: Arena, size: Size, progress: Progress) -> list[Figure]:
    """The daily run where no event belongs to a product, and users belong to accounts."""
    first_late = size.days - size.rounds
    with arena.warehouse("platform") as warehouse:
        with warehouse.transaction() as connection:
            compile_definitions(connection, arena.definitions)  # health knows segments
        history = fill(warehouse, size, progress, with_products=False, with_accounts=True)
        _rebuild(warehouse, history, first_late - 1, progress)
        return daily_runs.platform_figures(
            daily_runs.advance(warehouse, history, first_late, size.rounds, progress)
        )


def _segments(arena: Arena, size: Size, progress: Progress) -> list[Figure]:
    """The daily run where segments and workflows are declared."""
    first_late = size.days - size.rounds
    with arena.warehouse("segments") as warehouse:
        with warehouse.transaction() as connection:
            compile_definitions(connection, arena.definitions)
        history = fill(warehouse, size, progress, with_products=True)
        _rebuild(warehouse, history, first_late - 1, progress)
        return daily_runs.segment_figures(
            daily_runs.advance(warehouse, history, first_late, size.rounds, progress)
        )


def _rebuild(warehouse: Warehouse, history: History, number: int, progress: Progress) -> None:
    progress(f"rebuild as of {history.day(number)}")
    publishing.rebuild(warehouse, history.day(number), reason="benchmark")

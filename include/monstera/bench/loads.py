"""The load: against a raw COPY of the same rows, and against itself for what is known already."""

import gzip
import multiprocessing
import shutil
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from psycopg import sql

from monstera import loading
from monstera.bench.arena import DEFINITIONS, Arena
from monstera.bench.history import FIRST_DAY, read
from monstera.bench.machine import peak_memory
from monstera.bench.measure import BenchmarkError, Figure, Progress, Reach, Size, seconds
from monstera.definitions import load_definitions
from monstera.generate import bundle_months, generate
from monstera.loading.pseudonyms import Pseudonyms
from monstera.warehouse import Warehouse

GROUP = "load"
KEY = "the benchmark's own key"
BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Load:
    """One load: seconds, and the most memory (bytes) that its process ever held."""

    seconds: float
    peak_memory: float


def measure(arena: Arena, size: Size, progress: Progress) -> list[Figure]:
    """Loads a generated company once a long round, each into a fresh warehouse, yardsticks between.

    Raises:
        BenchmarkError: a re-load stored something, or the copy holds other rows.
    """
    daily = _landing(arena, size, progress)
    landing = arena.folder / "months"
    bundle_months(daily, landing, date.max)
    renamed = _renamed(landing, arena.folder / "renamed")
    first, copied, again, known, by_day = [], [], [], [], []
    events = 0
    for number in range(size.long_rounds):
        with arena.warehouse(f"load_{number}") as warehouse:
            progress(f"load, round {number + 1}")
            first.append(_load(warehouse, landing))
            events = _count(warehouse, "bronze.events")
            progress("COPY of the same rows")
            copied.append(_copy(warehouse, arena.folder / "events.binary"))
            progress("load of the same files")
            again.append(_load(warehouse, landing))
            progress("load of the same rows in other files")
            known.append(_load(warehouse, renamed))
            if _count(warehouse, "bronze.events") != events:
                raise BenchmarkError("Loading known rows stored some of them again.")
        with arena.warehouse(f"load_daily_{number}") as warehouse:
            progress("load of a file a day")
            by_day.append(_load(warehouse, daily))
    taken = tuple(load.seconds for load in first)
    rate = f"{events:,} events, {events / sorted(taken)[len(taken) // 2]:,.0f} a second"
    return [
        Figure(
            GROUP, "validated load", "s", taken, "binary COPY of the same rows", tuple(copied),
            "yardstick/ours", Reach(">=", 0.65), rate,
        ),
        Figure(
            GROUP, "load of files already loaded", "s", tuple(load.seconds for load in again),
            "the first load", taken, reach=Reach("<=", 0.05),
        ),
        Figure(
            GROUP, "load of rows already loaded, in other files", "s",
            tuple(load.seconds for load in known), "the first load", taken, reach=Reach("<=", 0.6),
        ),
        Figure(
            GROUP, f"validated load of a file a feed and day, {_files(daily)} in all", "s",
            tuple(load.seconds for load in by_day),
            f"the same rows in {_files(landing)} files", taken,
        ),
        Figure(
            GROUP, "memory of the loader", "MB", tuple(load.peak_memory / 1e6 for load in first),
            reach=Reach("<=", 512),
        ),
    ]  # fmt: skip


def _landing(arena: Arena, size: Size, progress: Progress) -> Path:
    """The files of a generated company with a little trouble in them."""
    progress("generating files")
    generate(
        arena.folder, definitions=arena.definitions, users=size.users, days=size.days,
        start=FIRST_DAY, late_share=0.01, duplicate_share=0.005, broken_share=0.001,
        progress=lambda day: progress(f"files of day {day} of {size.days}"),
    )  # fmt: skip
    return arena.folder / "landing"


def _files(landing: Path) -> int:
    return sum(1 for _ in landing.rglob("*.gz"))


def _renamed(landing: Path, copy: Path) -> Path:
    """The same rows in files of other names, each longer by an empty line."""
    for file in landing.rglob("*.gz"):
        other = copy / file.relative_to(landing).with_name(f"again-{file.name}")
        other.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, other)
        with other.open("ab") as opened:
            opened.write(gzip.compress(b"\n", mtime=0))
    return copy


def _load(warehouse: Warehouse, landing: Path) -> Load:
    """A load in a process of its own, so that its memory can be told from the benchmark's."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(load_once, (warehouse.url, landing.as_uri()))


def load_once(url: str, landing_uri: str) -> Load:
    """Loads everything in the landing zone; what the process of `_load` runs."""
    warehouse, definitions = Warehouse(url), load_definitions(DEFINITIONS)
    begin = time.perf_counter()
    loading.load(warehouse, definitions, landing_uri, Pseudonyms(KEY))
    taken = time.perf_counter() - begin
    return Load(taken, peak_memory())


def _copy(warehouse: Warehouse, file: Path) -> float:
    """Seconds of a binary COPY of the loaded events into an identical table."""
    with warehouse.transaction() as connection:
        with (
            file.open("wb") as opened,
            connection.cursor().copy(
                "copy (select * from bronze.events) to stdout (format binary)"
            ) as out,
        ):
            for block in out:
                opened.write(block)
        read("identical_table").execute(connection)

    def copy_in() -> None:
        with (
            file.open("rb") as opened,
            warehouse.transaction() as connection,
            connection.cursor().copy("copy bench_events from stdin (format binary)") as into,
        ):
            while block := opened.read(BLOCK_BYTES):
                into.write(block)

    taken = seconds(copy_in)
    if _count(warehouse, "bench_events") != _count(warehouse, "bronze.events"):
        raise BenchmarkError("The copy holds other rows than the load stored.")
    file.unlink()
    return taken


def _count(warehouse: Warehouse, table: str) -> int:
    count = sql.SQL("select count(*) from {}").format(sql.Identifier(*table.split(".")))
    with warehouse.transaction() as connection:
        row = connection.execute(count).fetchone()
    return int(row[0]) if row else 0

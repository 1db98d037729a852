"""Files of a landing zone: gzipped JSON lines, the same bytes for the same rows."""

import gzip
import shutil
from collections.abc import Sequence
from datetime import date
from itertools import groupby
from pathlib import Path

COMPRESSION = 4


def write_rows(
    landing: Path, feed: str, dt: date, rows: Sequence[bytes], rows_per_file: int
) -> list[str]:
    """Writes the rows that arrive on a day, in order, and returns the paths below `landing`.

    A file gets its name only once it is complete.
    """
    folder = landing / feed / f"dt={dt.isoformat()}"
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, begin in enumerate(range(0, len(rows), rows_per_file)):
        file = folder / f"part-{number:04d}.jsonl.gz"
        unfinished = file.with_name(f"{file.name}.tmp")
        with (
            unfinished.open("wb") as raw,
            gzip.GzipFile("", "wb", COMPRESSION, raw, mtime=0) as packed,
        ):
            packed.write(b"\n".join(rows[begin : begin + rows_per_file]) + b"\n")
        unfinished.rename(file)
        paths.append(file.relative_to(landing).as_posix())
    return paths


def bundle_months(daily: Path, landing: Path, before: date) -> None:
    """Copies the files of days before a date to `landing`, bundled in one a feed and month.

    That is how a history is handed over. A bundle lies in the folder of its last day, its rows in
    order of arrival. The files of later days are moved as they are. The truth goes on naming those
    of `daily`.
    """
    for feed in sorted(path for path in daily.iterdir() if path.is_dir()):
        days = {date.fromisoformat(path.name.removeprefix("dt=")): path for path in feed.iterdir()}
        history = sorted(day for day in days if day < before)
        for _, month in groupby(history, key=lambda day: (day.year, day.month)):
            _bundle([days[day] for day in month], landing / feed.name)
        for day, folder in days.items():
            if day >= before:
                (landing / feed.name).mkdir(parents=True, exist_ok=True)
                folder.rename(landing / feed.name / folder.name)


def _bundle(folders: Sequence[Path], feed: Path) -> None:
    bundle = feed / folders[-1].name / "part-0000.jsonl.gz"
    bundle.parent.mkdir(parents=True)
    with bundle.open("wb") as whole:
        for folder in folders:
            for file in sorted(folder.iterdir()):
                with file.open("rb") as part:  # gzip allows several members in one file
                    shutil.copyfileobj(part, whole)

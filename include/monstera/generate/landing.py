"""Files of a landing zone: gzipped JSON lines, the same bytes for the same rows."""

import gzip
from collections.abc import Sequence
from datetime import date
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

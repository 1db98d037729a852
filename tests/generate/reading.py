"""A deliberately naive reading of a landing zone: json and loops, nothing of the generator."""

import csv
import gzip
import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]


def lines(folder: Path, feed: str) -> Iterator[tuple[str, bytes]]:
    """(path below the landing zone, line) of every line of a feed, in order of delivery."""
    landing = folder / "landing"
    for file in sorted((landing / feed).glob("dt=*/*.jsonl.gz")):
        for line in gzip.decompress(file.read_bytes()).splitlines():
            yield file.relative_to(landing).as_posix(), line


def rows(folder: Path, feed: str) -> list[tuple[str, Row]]:
    """The lines of a feed that are JSON objects."""
    found = []
    for path, line in lines(folder, feed):
        try:
            row = json.loads(line.decode())
        except ValueError:
            continue
        if isinstance(row, dict):
            found.append((path, row))
    return found


def table(folder: Path, name: str) -> list[dict[str, str]]:
    """A file of the truth."""
    with (folder / "truth" / f"{name}.csv").open() as opened:
        return list(csv.DictReader(opened))


def day_of(text: str, zone: ZoneInfo) -> date:
    """Business day of a time in ISO 8601."""
    return datetime.fromisoformat(text).astimezone(zone).date()

"""A history handed over in bundles holds the rows of the files of its days, in order."""

import gzip
import shutil
from datetime import date
from pathlib import Path

from generate.conftest import START
from monstera.generate import bundle_months


def rows(landing: Path, feed: str) -> bytes:
    files = sorted((landing / feed).rglob("*.gz"))
    return b"".join(gzip.decompress(file.read_bytes()) for file in files)


def test_months_are_bundled_up_to_a_day_and_later_files_stay(demo: Path, tmp_path: Path) -> None:
    daily, landing = tmp_path / "daily", tmp_path / "landing"
    shutil.copytree(demo / "landing", daily)
    days = sorted(folder.name.removeprefix("dt=") for folder in (daily / "events").iterdir())
    before = days[-3]
    as_delivered = {feed.name: rows(daily, feed.name) for feed in daily.iterdir()}

    bundle_months(daily, landing, date.fromisoformat(before))

    assert {feed.name: rows(landing, feed.name) for feed in landing.iterdir()} == as_delivered
    months = {day[:7]: day for day in days if day < before}  # the last day of each
    found = sorted(folder.name for folder in (landing / "events").iterdir())
    assert found == sorted(f"dt={day}" for day in [*months.values(), *days[-3:]])
    assert days[0] == START.isoformat()

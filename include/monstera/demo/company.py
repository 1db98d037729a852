"""The demo's company: generated once into the landing zone of a home that is empty so far."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from monstera.definitions import Definitions
from monstera.generate import bundle_months, generate

USERS = 1500
DAYS = 365
DAYS_ONE_BY_ONE = 30
SEED = 7
CARD = "company.json"


class DemoError(RuntimeError):
    """The demo cannot go on; the message says why and what to do."""


@dataclass(frozen=True)
class Company:
    """The first and the last business day of the generated company."""

    first: date
    last: date


def prepare(
    home: Path, definitions: Definitions, last: date, progress: Callable[[int], None]
) -> Company:
    """The company whose files lie in `home/landing`; generated where there is none.

    Args:
        last: its last business day, where it has to be generated.
        progress: called with the number of days that are generated.

    Raises:
        DemoError: the landing zone holds somebody else's files.
    """
    finished, unfinished, landing = home / "demo", home / "demo.part", home / "landing"
    if not finished.exists():
        if not (unfinished / CARD).exists():
            if landing.exists() and any(landing.iterdir()):
                raise DemoError(
                    f"{landing} holds files of yours. Let the demo have a home of its own: "
                    f"MONSTERA_HOME=.monstera-demo make demo"
                )
            _generate(unfinished, definitions, last, progress)
        if (unfinished / "landing").exists():
            (unfinished / "landing").rename(landing)
        unfinished.rename(finished)
    card = json.loads((finished / CARD).read_text())
    return Company(date.fromisoformat(card["first"]), date.fromisoformat(card["last"]))


def _generate(
    folder: Path, definitions: Definitions, last: date, progress: Callable[[int], None]
) -> None:
    """Writes files, truth and card; the card comes last, so that it vouches for the rest.

    What is not lived through day by day was handed over month by month.
    """
    shutil.rmtree(folder, ignore_errors=True)
    first = last - timedelta(days=DAYS - 1)
    generate(
        folder,
        definitions=definitions,
        users=USERS,
        days=DAYS,
        start=first,
        seed=SEED,
        shape="demo",
        progress=progress,
    )
    (folder / "landing").rename(folder / "daily")
    bundle_months(folder / "daily", folder / "landing", last - timedelta(days=DAYS_ONE_BY_ONE - 1))
    shutil.rmtree(folder / "daily")
    card = {"first": first.isoformat(), "last": last.isoformat()}
    (folder / CARD).write_text(json.dumps(card))

"""The demo's company: generated once into the landing zone of a home that is empty so far."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from monstera.definitions import Definitions
from monstera.generate import bundle_months, generate

USERS = 1000
DAYS = 365
DAYS_ONE_BY_ONE = 30
SEED = 7
FINISHED, UNFINISHED = "demo", "demo.part"
CARD = "company.json"


class DemoError(RuntimeError):
    """The demo cannot go on; the message says why and what to do."""


@dataclass(frozen=True)
class Company:
    """The first and the last business day of the generated company."""

    first: date
    last: date


def company_of(home: Path, last: date) -> Company:
    """The company that was generated in this home, else the one to generate.

    Args:
        last: last business day of one to generate.
    """
    for folder in (home / FINISHED, home / UNFINISHED):
        if (folder / CARD).exists():
            card = json.loads((folder / CARD).read_text())
            return Company(date.fromisoformat(card["first"]), date.fromisoformat(card["last"]))
    return Company(last - timedelta(days=DAYS - 1), last)


def prepare(
    home: Path, definitions: Definitions, company: Company, progress: Callable[[int], None]
) -> None:
    """Generates the company's files into `home/landing` where that was not done yet.

    Args:
        progress: called with the number of days that are generated.

    Raises:
        DemoError: the landing zone holds somebody else's files.
    """
    finished, unfinished, landing = home / FINISHED, home / UNFINISHED, home / "landing"
    if finished.exists():
        return
    if not (unfinished / CARD).exists():
        if landing.exists() and any(landing.iterdir()):
            raise DemoError(
                f"{landing} holds files of yours. Let the demo have a home of its own: "
                f"MONSTERA_HOME=.monstera-demo make demo"
            )
        _generate(unfinished, definitions, company, progress)
    if (unfinished / "landing").exists():
        (unfinished / "landing").rename(landing)
    unfinished.rename(finished)


def _generate(
    folder: Path, definitions: Definitions, company: Company, progress: Callable[[int], None]
) -> None:
    """Writes files, truth and card; the card comes last, so that it vouches for the rest.

    What is not lived through day by day was handed over month by month.
    """
    shutil.rmtree(folder, ignore_errors=True)
    generate(
        folder,
        definitions=definitions,
        users=USERS,
        days=DAYS,
        start=company.first,
        seed=SEED,
        shape="demo",
        progress=progress,
    )
    (folder / "landing").rename(folder / "daily")
    lived_through = company.last - timedelta(days=DAYS_ONE_BY_ONE - 1)
    bundle_months(folder / "daily", folder / "landing", lived_through)
    shutil.rmtree(folder / "daily")
    card = {"first": company.first.isoformat(), "last": company.last.isoformat()}
    (folder / CARD).write_text(json.dumps(card))

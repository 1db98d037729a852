"""A synthetic company of any size, seeded: a landing zone of files and the truth about them."""

import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from monstera.definitions import Definitions
from monstera.generate.company import Company, Progress
from monstera.generate.landing import bundle_months
from monstera.generate.plan import INCIDENTS, SHAPES, Incident, Plan, Shape

__all__ = ["INCIDENTS", "SHAPES", "Incident", "Plan", "Shape", "bundle_months", "generate"]


def generate(
    folder: str | os.PathLike[str],
    *,
    definitions: Definitions,
    users: int,
    days: int,
    start: date,
    seed: int = 1,
    shape: Shape = "plain",
    progress: Progress | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """Writes `landing/` and `truth/` below `folder` and returns the summary of the truth.

    Products, event types, metadata, tiers and the business day are drawn from `definitions`. The
    same arguments write the same bytes. `changes` override fields of the shape's `Plan`
    (`late_share`, `incidents`, ...).

    Raises:
        FileExistsError: the folder holds a landing zone or a truth already.
        ValueError: the plan cannot be; the message says why.
    """
    plan = replace(SHAPES[shape](users, start, days, seed), **changes)
    folder = Path(folder)
    for part in (folder / "landing", folder / "truth"):
        if part.is_dir() and any(part.iterdir()):
            raise FileExistsError(f"{part} is not empty. Name another folder, or delete it first.")
    return Company(folder, definitions, plan).run(progress)

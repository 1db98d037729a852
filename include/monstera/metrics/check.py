"""What is wrong with metrics beyond their entries: tables and files that are not there."""

import re
from collections.abc import Iterator
from functools import cache

from monstera.definitions import Definitions, Problem
from monstera.definitions.formulas import Sql
from monstera.transforms.files import SQL

MADE = re.compile(r"create (?:table|(?:or replace )?view) (\w+\.\w+)")


def check_metrics(definitions: Definitions) -> list[Problem]:
    """Sources that no table is called, and metrics of kind `sql` without their file.

    Where a folder declares no feeds, a table of `bronze` may be one that is not connected.
    """
    return list(_problems(definitions))


def _problems(definitions: Definitions) -> Iterator[Problem]:
    known = _tables() | {f"bronze.{feed}" for feed in definitions.feeds}
    for metric in definitions.metrics.values():
        entry = definitions.sources["metrics"][metric.id]
        for position, source in enumerate(metric.sources):
            may_be_feed = source.startswith("bronze.") and not definitions.sources["feeds"]
            if source not in known and not may_be_feed:
                yield entry.problem(f"unknown source {source}: no such table", "sources", position)
        if isinstance(metric.formula, Sql):
            file = metric.formula.file or metric.id
            if not (SQL / "metrics" / f"{file}.sql").is_file():
                yield entry.problem(f"expected the file sql/metrics/{file}.sql", "formula")


@cache
def _tables() -> frozenset[str]:
    """Tables and views of the warehouse, `schema.table`."""
    made = {
        name for file in SQL.glob("migrations/*.sql") for name in MADE.findall(file.read_text())
    }
    views = {f"{file.parent.name}/{file.stem}" for file in SQL.glob("*/*.sql")}
    return frozenset(made | {name.replace("/", ".") for name in views})

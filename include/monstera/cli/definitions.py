"""Commands about the definitions."""

from dataclasses import asdict
from functools import partial
from pathlib import Path

import psycopg
import typer
from rich.console import Console
from rich.text import Text

from monstera.alerts import check_coverage, check_rules
from monstera.cli.context import AsJson, DefinitionsFolder, console, print_json, settings, warehouse
from monstera.cli.exit_codes import WRONG_USAGE_OR_DEFINITIONS
from monstera.definitions import (
    CheckReport,
    Document,
    check_definitions,
    has_events,
    moved_days,
    previous_document,
)
from monstera.metrics import check_metrics
from monstera.notify import check_routing, delivery_hints
from monstera.warehouse.database import WarehouseError, embedded_server

FURTHER_CHECKS = (check_metrics, check_rules, check_coverage, check_routing)

commands = typer.Typer()


@commands.command()
def check(
    definitions: DefinitionsFolder = None,
    as_json: AsJson = False,
) -> None:
    """Check the definitions: exit code 0 with warnings, 2 with errors.

    Where a warehouse runs, also against the version in force there, and with what did not leave.
    """
    folder = definitions or settings().definitions
    in_force, stored, hints = _in_the_warehouse()
    against_events = [partial(moved_days, old=stored)] if stored else []
    report = check_definitions(folder, in_force, [*FURTHER_CHECKS, *against_events])
    if as_json:
        print_json(
            {
                "folder": str(folder),
                "errors": [asdict(problem) for problem in report.errors],
                "warnings": [asdict(problem) for problem in report.warnings],
                "hints": hints,
            }
        )
    else:
        _print(folder, report)
        for hint in hints:
            console.print(Text.assemble(("hint", "cyan"), f" {hint}"), soft_wrap=True)
    if report.errors:
        raise typer.Exit(WRONG_USAGE_OR_DEFINITIONS)


def _in_the_warehouse() -> tuple[Document | None, Document | None, list[str]]:
    """The document in force there, the same if events are stored under it, what has no channel.

    Nothing where no warehouse can be reached.
    """
    if not settings().warehouse_url and not embedded_server(settings()).is_ready():
        return None, None, []
    try:
        with warehouse().connect() as connection:
            in_force = previous_document(connection)
            stored = in_force if has_events(connection) else None
            return in_force, stored, delivery_hints(connection)
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return None, None, []  # it is not set up yet, so no version is in force
    except WarehouseError as error:
        Console(stderr=True).print(
            f"Not compared with the version in force: {error}", style="yellow", markup=False
        )
        return None, None, []


def _print(folder: Path, report: CheckReport) -> None:
    for word, colour, problems in (
        ("error", "red", report.errors),
        ("warning", "yellow", report.warnings),
    ):
        for problem in problems:
            console.print(Text.assemble((word, colour), f" {problem}"), soft_wrap=True)
    counts = f"{len(report.errors)} errors, {len(report.warnings)} warnings"
    if report.definitions is not None:
        products, event_types = report.definitions.scopes, report.definitions.event_types
        counts = f"{len(products) - 1} products, {len(event_types)} event types, {counts}"
    colour = "red" if report.errors else "green"
    console.print(Text(f"{folder}: {counts}", style=colour), soft_wrap=True)

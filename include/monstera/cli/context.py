"""What every command needs: settings, definitions, the warehouse, and one way to print data."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import psycopg
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from monstera import audit
from monstera.definitions import Definitions, load_definitions
from monstera.settings import Settings
from monstera.warehouse import Warehouse, open_warehouse
from monstera.warehouse.database import WarehouseError

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
DefinitionsFolder = Annotated[
    Path | None, typer.Option("--definitions", help="The folder; by default MONSTERA_DEFINITIONS.")
]
Output = Annotated[Path | None, typer.Option("--output", help="File; by default printed.")]
console = Console()


@cache
def settings() -> Settings:
    """The settings of this process.

    Raises:
        BadParameter: an environment variable holds what it cannot; its value is not shown.
    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = "\n".join(
            f"MONSTERA_{str(flaw['loc'][0]).upper()}: {flaw['msg']}" for flaw in error.errors()
        )
        raise typer.BadParameter(wrong) from None


@cache
def warehouse() -> Warehouse:
    """The configured warehouse, started where it is the embedded one."""
    found = open_warehouse(settings())
    with suppress(WarehouseError, psycopg.Error):  # it is not what somebody asked for
        audit.enter_kept(found, settings())
    return found


def read_definitions(folder: Path | None = None) -> Definitions:
    """The definitions of a folder, by default of the one that the settings name.

    Raises:
        DefinitionError: they are wrong.
    """
    return load_definitions(folder or settings().definitions)


def published_day(asked: datetime | None, option: str = "--date") -> date:
    """The published day, or the one up to it that `option` asks for.

    Raises:
        WarehouseError: nothing is published.
        BadParameter: the day is not published yet.
    """
    from monstera.publishing import published_as_of

    published = published_as_of(warehouse())
    if published is None:
        raise WarehouseError("Nothing is published yet: run `monstera run` first.")
    day = asked.date() if asked else published
    if day > published:
        message = f"{day} is after {published}, the last published day."
        raise typer.BadParameter(message, param_hint=option)
    return day


def write(text: str, output: Path | None) -> None:
    """Writes a text into a file, or prints it as it is.

    Raises:
        BadParameter: the file cannot be written.
    """
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text)
    except OSError as error:
        raise typer.BadParameter(f"{output}: {error.strerror}", param_hint="--output") from None


def print_record(record: Mapping[str, Any], as_json: bool) -> None:
    """Prints one record: an object as JSON, or a line a field."""
    if as_json:
        print_json(record)
        return
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column()
    table.add_column(overflow="fold")
    for name, value in record.items():
        table.add_row(f"[bold]{name}[/bold]", _text(value))
    console.print(table)


def print_records(records: Sequence[Mapping[str, Any]], as_json: bool) -> None:
    """Prints records of one shape: a list of objects as JSON, or a table."""
    if as_json:
        print_json(records)
        return
    if not records:
        console.print("Nothing.")
        return
    table = Table(box=None, pad_edge=False)
    for name in records[0]:
        table.add_column(name, overflow="fold")
    for record in records:
        table.add_row(*(_text(value) for value in record.values()))
    console.print(table)


def print_json(data: Any) -> None:
    """Prints data as JSON; dates, ids and decimals as text."""
    typer.echo(json.dumps(data, indent=2, default=str, ensure_ascii=False))


def _text(value: Any) -> str:
    return "" if value is None else str(value)

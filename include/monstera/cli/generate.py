"""`monstera generate`: a synthetic company's files."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from monstera import generate as company
from monstera.cli.context import AsJson, print_record, read_definitions

commands = typer.Typer()
Share = Annotated[float | None, typer.Option(min=0.0, max=0.5, show_default="the shape's")]


@commands.command()
def generate(
    folder: Annotated[Path, typer.Argument(help="Where landing/ and truth/ are made.")],
    *,
    users: Annotated[int, typer.Option(min=1, help="Users that sign up.")] = 1000,
    days: Annotated[int, typer.Option(min=1, help="Business days.")] = 180,
    seed: Annotated[int, typer.Option(help="The same seed makes the same bytes.")] = 1,
    start: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], show_default=False, help="First business day."),
    ] = None,
    end: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], show_default="yesterday", help="Last business day."),
    ] = None,
    shape: Annotated[
        company.Shape,
        typer.Option(help="demo: late, repeated and broken rows and a story; plain: none."),
    ] = "demo",
    incident: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND@DATE",
            show_default="the shape's",
            help="; ".join(f"{kind}: {what}" for kind, what in company.INCIDENTS.items()),
        ),
    ] = None,
    late_share: Share = None,
    duplicate_share: Share = None,
    broken_share: Share = None,
    as_json: AsJson = False,
) -> None:
    """Make a synthetic company: a landing zone of files, and the truth about them beside it.

    Products, events and tiers come from the definitions in force (MONSTERA_DEFINITIONS). The truth
    says what a warehouse must find in the files: rows by outcome, activity, revenue.
    """
    definitions = read_definitions()
    try:
        first, last = _first_and_last(start, end, days)
        shares = {
            "late_share": late_share,
            "duplicate_share": duplicate_share,
            "broken_share": broken_share,
        }
        changes: dict[str, Any] = {
            name: share for name, share in shares.items() if share is not None
        }
        if incident is not None:
            changes["incidents"] = tuple(company.Incident.parse(text) for text in incident)
        length = (last - first).days + 1
        with _progress_bar() as bar:
            task = bar.add_task("days", total=length)
            summary = company.generate(
                folder,
                definitions=definitions,
                users=users,
                days=length,
                start=first,
                seed=seed,
                shape=shape,
                progress=lambda done: bar.update(task, completed=done),
                **changes,
            )
    except (ValueError, FileExistsError) as error:
        raise typer.BadParameter(str(error)) from None
    if as_json:
        print_record(summary, as_json)
    else:
        print_record({"folder": folder, "from": first, "to": last} | summary["totals"], False)


def _first_and_last(start: datetime | None, end: datetime | None, days: int) -> tuple[date, date]:
    """The first and the last business day; the last is yesterday where neither is given."""
    if start is None:
        last = end.date() if end is not None else date.today() - timedelta(days=1)
        return last - timedelta(days=days - 1), last
    if end is None:
        return start.date(), start.date() + timedelta(days=days - 1)
    if end < start:
        raise ValueError("The end lies before the start.")
    return start.date(), end.date()


def _progress_bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )

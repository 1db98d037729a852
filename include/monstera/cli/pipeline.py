"""Commands that load and publish day by day, or recompute everything."""

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from monstera.cli.context import AsJson, console, print_record, print_records, settings, warehouse
from monstera.cli.exit_codes import PUBLISHED_WITH_WARNINGS
from monstera.warehouse.status import status

if TYPE_CHECKING:
    from monstera.publishing import Publication

AS_OF = "Default: as published. Of an earlier day: what comes after it is not published any more."

commands = typer.Typer()

Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD")]
DayOfPart = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Of a part of history."),
]


@commands.command()
def run(start: Day, end: Day, as_json: AsJson = False) -> None:
    """For each day: load what was delivered up to it, then publish as of its end.

    Exit code 3: published, but a data check of severity `warn` did not hold.
    """
    from monstera import pipeline

    first, last = start.date(), end.date()
    if first > last:
        raise typer.BadParameter(f"--start {first} is after --end {last}.")
    pipeline.initialise(warehouse(), settings())
    published = []
    with _progress() as progress:
        task = progress.add_task("", total=(last - first).days + 1, step="")
        steps = pipeline.run(
            warehouse(),
            settings(),
            first,
            last,
            lambda step: progress.update(task, step=step),
        )
        for publication in steps:
            published.append(publication)
            progress.update(task, advance=1, description=f"published {publication.as_of}")
    print_records([_summary(publication) for publication in published], as_json)
    _tell_what_was_refused()
    _exit_with_warnings(*published)


@commands.command()
def rebuild(
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help=AS_OF),
    ] = None,
    reason: Annotated[str, typer.Option(help="Kept with the publication.")] = "by hand",
    start: DayOfPart = None,
    end: DayOfPart = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="Product that they used; default: whatever they did.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Recompute everything in one pass and publish it.

    With --start and --end, only the users are computed again who did something on these days.
    """
    from monstera import pipeline
    from monstera.publishing import NoSuchPart, Part

    try:
        part = Part.of(start and start.date(), end and end.date(), scope or ())
    except NoSuchPart as error:
        raise typer.BadParameter(str(error)) from error
    with _progress() as progress:
        task = progress.add_task("rebuild", total=None, step="")
        publication = pipeline.recompute(
            warehouse(),
            settings(),
            as_of and as_of.date(),
            reason,
            part,
            lambda step: progress.update(task, step=step),
        )
    print_record(_summary(publication), as_json)
    _exit_with_warnings(publication)


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description} [dim]{task.fields[step]}[/dim]"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _summary(publication: "Publication") -> dict[str, object]:
    return asdict(publication) | {"warnings": list(publication.warnings)}


def _tell_what_was_refused() -> None:
    stands = status(warehouse())
    for what, where in (
        ("files_refused", "ops.load_manifest"), ("quarantine", "monstera quarantine list"),
    ):  # fmt: skip
        if stands[what]:
            typer.echo(f"{what}: {stands[what]}, see `{where}`", err=True)


def _exit_with_warnings(*publications: "Publication") -> None:
    if any(publication.warnings for publication in publications):
        raise typer.Exit(PUBLISHED_WITH_WARNINGS)

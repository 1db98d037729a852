"""`monstera bench`: how fast it is, beside a yardstick."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from monstera.bench.measure import BenchmarkError, Size, What
from monstera.cli.context import console, settings
from monstera.cli.exit_codes import FAILED

commands = typer.Typer()
MARKER = "<!-- figures -->"


@commands.command()
def bench(
    what: Annotated[What, typer.Argument(help="What to measure.")] = "all",
    *,
    users: Annotated[int, typer.Option(min=100, help="Users of the generated data.")] = 100_000,
    days: Annotated[int, typer.Option(min=1, help="Days of the generated data.")] = 180,
    rounds: Annotated[int, typer.Option(min=3, help="Measurements of each figure.")] = 3,
    long_rounds: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Measurements of what reads the whole history; without it, as --rounds says.",
        ),
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write here what was measured, as it comes.")
    ] = None,
    markdown_file: Annotated[
        Path | None,
        typer.Option("--markdown", help=f"Replace what stands below {MARKER} in this file."),
    ] = None,
) -> None:
    """Measure Monstera beside a yardstick, in one run, in turn.

    Ratios are medians of the rounds, with the least and the greatest. It runs on a server of its
    own, under the home, which is gone afterwards.
    """
    from monstera.bench.run import run  # half of what we depend on, for this command alone

    with _spinner() as spinner:
        task = spinner.add_task("starting a server")
        try:
            for report in run(
                what,
                settings().home_path / "bench",
                Size(users, days, rounds, long_rounds or rounds),
                lambda doing: spinner.update(task, description=doing),
            ):
                if json_file is not None:
                    json_file.write_text(json.dumps(report.as_json(), indent=2) + "\n")
        except (ValueError, FileExistsError) as error:
            raise typer.BadParameter(str(error)) from None
        except BenchmarkError as error:
            Console(stderr=True).print(str(error), style="red", markup=False)
            raise typer.Exit(FAILED) from None
    console.print(report.as_table())
    if markdown_file is not None:
        explanation = markdown_file.read_text().partition(MARKER)[0]
        markdown_file.write_text(f"{explanation}{MARKER}\n\n{report.as_markdown()}")


def _spinner() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )

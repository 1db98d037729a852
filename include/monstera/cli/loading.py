"""Commands that load what was delivered, and show and retry what was refused."""

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from psycopg.rows import dict_row
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from monstera.cli.context import AsJson, print_record, print_records, settings, warehouse

if TYPE_CHECKING:
    from monstera.loading.manifest import Counts

commands = typer.Typer()
quarantine = typer.Typer(help="Rows that were refused.", no_args_is_help=True)
commands.add_typer(quarantine, name="quarantine")

_LIST = """
select
    reasons as "reasons",
    feed,
    count(*) as rows,
    count(*) filter (where is_replayable) as replayable,
    min(path || ':' || line_number) as example,
    min(first_seen_at) as first_seen_at,
    max(last_seen_at) as last_seen_at
from bronze.event_quarantine
where %(reason)s::text is null or %(reason)s = any(reasons)
group by reasons, feed
order by rows desc, reasons
"""


@commands.command("load")
def load_command(
    until_dt: Annotated[
        datetime | None,
        typer.Option(
            "--until-dt",
            formats=["%Y-%m-%d"],
            metavar="YYYY-MM-DD",
            help="Latest delivery day to load.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Load every complete file that is not loaded yet, entities first.

    Files that cannot be read are refused and named; the others are loaded.
    """
    from monstera import pipeline

    pipeline.initialise(warehouse(), settings())
    day = until_dt.date() if until_dt else None
    with _Bar() as bar:
        report = pipeline.load_delivered(warehouse(), settings(), day, progress=bar.show)
    print_record(
        {
            "files": len(report.files),
            "refused_files": [f"{file.path}: {file.error}" for file in report.refused],
            **_counts(report.totals),
            "replayed": sum(counts.accepted + counts.duplicate for counts in report.replays),
        },
        as_json,
    )


@quarantine.command("list")
def list_command(
    reason: Annotated[str | None, typer.Option(help="Only rows with this reason.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show how many rows are in quarantine, by their reasons."""
    with warehouse().connect() as connection:
        cursor = connection.cursor(row_factory=dict_row)
        rows = cursor.execute(_LIST, {"reason": reason}).fetchall()
    print_records(rows, as_json)


@quarantine.command("replay")
def replay_command(
    reason: Annotated[
        list[str] | None,
        typer.Option(
            help="Only rows with this reason (repeatable); default: all that may be good."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Try refused rows again under the facts and definitions of now."""
    from monstera import audit, pipeline
    from monstera.loading import replay
    from monstera.loading.manifest import Counts

    definitions = pipeline.definitions_in_force(warehouse(), settings())
    totals = Counts()
    with audit.recorded(warehouse(), "quarantine.replay") as counts:
        for of_feed in replay(warehouse(), definitions, reasons=reason or []):
            totals.add(of_feed)
        counts |= {"rows": totals.rows_read, "accepted": totals.accepted}
    print_record(_counts(totals), as_json)


def _counts(counts: "Counts") -> dict[str, Any]:
    return {
        "rows_read": counts.rows_read,
        "accepted": counts.accepted,
        "duplicate": counts.duplicate,
        "quarantined": counts.quarantined,
        "suppressed": counts.suppressed,
        "unknown_columns": dict(counts.unknown_columns),
    }


class _Bar:
    """A progress bar on standard error where that is a terminal."""

    def __enter__(self) -> "_Bar":
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        console = Console(stderr=True)
        self._bar = Progress(
            *columns, console=console, transient=True, disable=not sys.stderr.isatty()
        )
        self._bar.start()
        self._task = self._bar.add_task("")
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, what: str, done: int, total: int) -> None:
        self._bar.update(self._task, description=what, completed=done, total=total)

"""`monstera demo`: a year of a generated company, through the real DAGs."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from monstera.cli.context import console, read_definitions, settings, warehouse
from monstera.cli.exit_codes import FAILED
from monstera.orchestration.environment import LocalAirflow

commands = typer.Typer()


@commands.command()
def demo() -> None:
    """Generate a small company, run a year of it through the DAGs, show what came of it.

    Repeatable: what is there stays, and only what is missing is run.
    """
    from monstera.demo import DemoError

    try:
        _live_a_year()
    except DemoError as error:
        Console(stderr=True, soft_wrap=True).print(str(error), style="red", markup=False)
        raise typer.Exit(FAILED) from None


def _live_a_year() -> None:
    from monstera import demo as room
    from monstera.pipeline import initialise
    from monstera.publishing import published_as_of

    definitions = read_definitions()
    zone = ZoneInfo(definitions.lifecycle.business_time_zone)
    airflow = LocalAirflow(settings())
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        server = progress.add_task("PostgreSQL, tables, definitions", total=1)
        initialise(warehouse(), settings())
        progress.update(server, completed=1)

        yesterday = datetime.now(zone).date() - timedelta(days=1)
        company = room.company_of(settings().home_path, yesterday)
        with room.start_airflow(airflow, company, "publishing") as publishing:
            generating = progress.add_task("A year of a small company", total=room.DAYS)
            room.prepare(
                settings().home_path,
                definitions,
                company,
                lambda days: progress.update(generating, completed=days),
            )
            progress.update(generating, completed=room.DAYS)

            living = progress.add_task("Airflow: eleven months at once", total=room.RUNS)
            published = published_as_of(warehouse())
            with room.start_airflow(airflow, company, "alerts") as alerting:
                for day in room.live_through(publishing, alerting, company, zone, published):
                    progress.update(living, advance=1, description=f"Airflow: published {day}")
            progress.update(living, completed=room.RUNS)
    console.print(room.summary(warehouse(), settings().home_path / "mails", airflow.url))

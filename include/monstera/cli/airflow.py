"""`monstera airflow`: a local Airflow on the embedded server."""

import typer

from monstera.cli.context import AsJson, console, print_record, settings, warehouse
from monstera.orchestration import supervisor
from monstera.orchestration.environment import USER, LocalAirflow

commands = typer.Typer(name="airflow", help="A local Airflow on the embedded server.")


@commands.command()
def up(as_json: AsJson = False) -> None:
    """Start Airflow and the embedded server, and say where to log in."""
    airflow = LocalAirflow(settings())
    with console.status("Airflow is starting …") as status:
        if not supervisor.is_up(airflow):
            from monstera.pipeline import initialise

            initialise(warehouse(), settings())
        supervisor.up(airflow, lambda waiting: status.update(f"Airflow: {waiting} …"))
    login = {"url": airflow.url, "user": USER, "password": airflow.password()}
    if as_json:
        print_record(login, as_json)
        return
    console.print(f"Airflow runs at [bold]{airflow.url}[/bold]")
    print_record({"user": USER, "password": airflow.password(), "logs": airflow.folder}, False)
    console.print("Stop it with [bold]make down[/bold].")


@commands.command()
def down() -> None:
    """Stop Airflow, then the embedded server."""
    with console.status("Airflow is stopping …"):
        supervisor.down(LocalAirflow(settings()))
    console.print("Airflow and the embedded server are stopped.")

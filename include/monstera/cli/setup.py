"""Commands that set the warehouse up, say how it stands, and open it."""

import os
from typing import Annotated

import typer
from sqlalchemy.engine import make_url

from monstera.cli.context import AsJson, print_record, settings, warehouse
from monstera.warehouse.database import embedded_server
from monstera.warehouse.server import binaries
from monstera.warehouse.status import status as read_status

commands = typer.Typer()


@commands.command()
def init(as_json: AsJson = False) -> None:
    """Make the server, the database, its tables and roles, and bring the definitions into force.

    Repeatable: what is there stays.
    """
    from monstera.pipeline import initialise

    version = initialise(warehouse(), settings())
    print_record({"definition_version": version}, as_json)


@commands.command()
def status(as_json: AsJson = False) -> None:
    """What is published, what was loaded, what is open."""
    print_record(read_status(warehouse()), as_json)


@commands.command()
def stop() -> None:
    """Stop the embedded server; whatever needs it next starts it again."""
    embedded_server(settings()).stop()


@commands.command(context_settings={"ignore_unknown_options": True})
def sql(
    arguments: Annotated[list[str] | None, typer.Argument(help="Arguments of psql.")] = None,
) -> None:
    """Open psql on the warehouse; arguments go to psql, e.g. -c 'select 1'."""
    url = make_url(warehouse().url)
    environment = os.environ | {
        name: str(value)
        for name, value in {
            "PGHOST": url.host or url.query.get("host"),
            "PGPORT": url.port or url.query.get("port"),
            "PGUSER": url.username,
            "PGPASSWORD": url.password,
            "PGDATABASE": url.database,
            "PGSSLMODE": url.query.get("sslmode"),
        }.items()
        if value is not None
    }
    psql = str(binaries() / "psql")
    os.execve(psql, [psql, *(arguments or [])], environment)

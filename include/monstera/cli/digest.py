"""Digests: look at one, without sending it."""

from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import NAMESPACE_URL, uuid5

import typer

from monstera.alerts import rules_of
from monstera.cli.context import published_day, read_definitions, warehouse, write
from monstera.digests import compose, newest
from monstera.notify import MailWriter, Message, routing_of
from monstera.notify.digest import DigestKind

commands = typer.Typer()
digest_commands = typer.Typer(no_args_is_help=True, help=__doc__)
commands.add_typer(digest_commands, name="digest")

AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--date",
        formats=["%Y-%m-%d"],
        metavar="YYYY-MM-DD",
        help="Day of the data; default: as published.",
    ),
]
Output = Annotated[
    Path | None, typer.Option(help="File: a page if it ends in .html, else text; default: printed.")
]


@digest_commands.command()
def daily(as_of: AsOf = None, output: Output = None) -> None:
    """Write the summary of a day."""
    _write("daily", as_of, output)


@digest_commands.command()
def weekly(as_of: AsOf = None, output: Output = None) -> None:
    """Write the trends of the newest week that is over on the day."""
    _write("weekly", as_of, output)


@digest_commands.command()
def monthly(as_of: AsOf = None, output: Output = None) -> None:
    """Write the report of the newest month that is over on the day."""
    _write("monthly", as_of, output)


def _write(kind: DigestKind, as_of: datetime | None, output: Path | None) -> None:
    day = published_day(as_of)
    definitions = read_definitions()
    routing = routing_of(definitions)
    period = newest(kind, day)
    with warehouse().connect() as connection:
        digest = compose(connection, definitions, rules_of(definitions), period)
    receiver = routing.addresses("mail", "")[0]
    name = uuid5(NAMESPACE_URL, period.name)
    message = Message(name, "mail", receiver, "digest", "", "P3", (), digest)
    writer = MailWriter(routing)
    is_page = output is not None and output.suffix == ".html"
    write(writer.page(message) if is_page else writer.text(message), output)

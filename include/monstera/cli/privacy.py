"""Commands about people's data."""

import sys
from typing import Annotated

import typer

from monstera.cli.context import AsJson, print_json, settings

commands = typer.Typer()
privacy = typer.Typer(help="Pseudonyms.", no_args_is_help=True)
commands.add_typer(privacy, name="privacy")


@privacy.command("token")
def token_command(
    ids: Annotated[
        list[str] | None, typer.Argument(help="Ids; none: read from standard input, one a line.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the token that stands for each id in the warehouse, one a line."""
    from monstera.loading import open_pseudonyms

    pseudonyms = open_pseudonyms(settings())
    lines = ids if ids else (line.rstrip("\r\n") for line in sys.stdin)
    if as_json:
        print_json([{"id": id, "token": pseudonyms.token(id)} for id in lines])
        return
    for id in lines:
        typer.echo(pseudonyms.token(id))

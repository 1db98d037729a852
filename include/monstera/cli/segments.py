"""Commands about segments."""

from pathlib import Path
from typing import Annotated

import typer

from monstera.cli.context import AsJson, print_records, settings
from monstera.definitions import Definitions, load_definitions
from monstera.segments import catalog

commands = typer.Typer()
segment_commands = typer.Typer(no_args_is_help=True, help="What the segments mean.")
commands.add_typer(segment_commands, name="segments")


@segment_commands.command("list")
def list_segments(as_json: AsJson = False) -> None:
    """List every segment: when it holds, and whose it is."""
    print_records(catalog.as_records(_definitions()), as_json)


@segment_commands.command()
def export(
    output: Annotated[Path | None, typer.Option(help="File; by default printed.")] = None,
) -> None:
    """Write what the segments mean as docs/segments.md."""
    text = catalog.as_markdown(_definitions())
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text)


def _definitions() -> Definitions:
    return load_definitions(settings().definitions)

"""Commands about segments."""

import typer

from monstera.cli.context import AsJson, Output, print_records, read_definitions, write
from monstera.segments import catalog

commands = typer.Typer()
segment_commands = typer.Typer(no_args_is_help=True, help="What the segments mean.")
commands.add_typer(segment_commands, name="segments")


@segment_commands.command("list")
def list_segments(as_json: AsJson = False) -> None:
    """List every segment: when it holds, and whose it is."""
    print_records(catalog.as_records(read_definitions()), as_json)


@segment_commands.command()
def export(output: Output = None) -> None:
    """Write what the segments mean as docs/segments.md."""
    write(catalog.as_markdown(read_definitions()), output)

"""Commands about the catalog of metrics."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from monstera.cli.context import AsJson, print_record, print_records, settings
from monstera.definitions import Definitions, load_definitions
from monstera.metrics import catalog

commands = typer.Typer()
catalog_commands = typer.Typer(no_args_is_help=True, help="The catalog of metrics.")
commands.add_typer(catalog_commands, name="catalog")


class Format(StrEnum):
    """What the catalog is written as."""

    HTML = "html"
    JSON = "json"
    MARKDOWN = "markdown"


@catalog_commands.command("list")
def list_metrics(as_json: AsJson = False) -> None:
    """List every metric: what it counts, for which period, how much depends on it, whose it is."""
    print_records(
        [
            {
                "metric_id": metric.id,
                "kind": metric.formula.kind,
                "grain": metric.grain,
                "unit": metric.unit,
                "tier": metric.importance_tier[-1],
                "owner": metric.owners.business,
                "status": metric.status,
            }
            for metric in _definitions().metrics.values()
        ],
        as_json,
    )


@catalog_commands.command()
def show(metric_id: str, as_json: AsJson = False) -> None:
    """Show everything that is declared of a metric."""
    records = {record["id"]: record for record in catalog.as_records(_definitions())}
    if metric_id not in records:
        raise typer.BadParameter(f"there is no metric {metric_id}; see monstera catalog list.")
    print_record(records[metric_id], as_json)


@catalog_commands.command()
def export(
    format: Annotated[Format, typer.Option(help="html, json or markdown.")] = Format.HTML,
    output: Annotated[Path | None, typer.Option(help="File; by default printed.")] = None,
) -> None:
    """Write the whole catalog as a page, as data or as docs/metrics.md."""
    definitions = _definitions()
    text = {
        Format.HTML: catalog.as_html,
        Format.MARKDOWN: catalog.as_markdown,
        Format.JSON: catalog.as_json,
    }[format](definitions)
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text)


def _definitions() -> Definitions:
    return load_definitions(settings().definitions)

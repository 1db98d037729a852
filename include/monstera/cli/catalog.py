"""Commands about the catalog of metrics."""

from enum import StrEnum
from typing import Annotated

import typer

from monstera.cli.context import (
    AsJson,
    Output,
    print_record,
    print_records,
    read_definitions,
    write,
)
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
            for metric in read_definitions().metrics.values()
        ],
        as_json,
    )


@catalog_commands.command()
def show(metric_id: str, as_json: AsJson = False) -> None:
    """Show everything that is declared of a metric."""
    records = {record["id"]: record for record in catalog.as_records(read_definitions())}
    if metric_id not in records:
        raise typer.BadParameter(f"there is no metric {metric_id}; see monstera catalog list.")
    print_record(records[metric_id], as_json)


@catalog_commands.command()
def export(
    format: Annotated[Format, typer.Option(help="html, json or markdown.")] = Format.HTML,
    output: Output = None,
) -> None:
    """Write the whole catalog as a page, as data or as docs/metrics.md."""
    as_text = {
        Format.HTML: catalog.as_html,
        Format.MARKDOWN: catalog.as_markdown,
        Format.JSON: catalog.as_json,
    }[format]
    write(as_text(read_definitions()), output)

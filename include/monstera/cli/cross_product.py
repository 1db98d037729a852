"""Commands on the use across products."""

from datetime import datetime
from typing import Annotated

import typer

from monstera.cli.context import AsJson, console, print_records, published_day, warehouse

commands = typer.Typer()


@commands.command()
def compare_retention(
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Default: as published."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare the retention of users by the number of their products, raw and matched.

    Keeps the figures in gold.product_count_retention.
    """
    from monstera.cross_product.retention import WHAT_IT_SAYS, compare_retention

    rows = compare_retention(warehouse(), published_day(as_of, "--as-of"))
    print_records(
        [{name: _rounded(value) for name, value in row.items() if name != "as_of"} for row in rows],
        as_json,
    )
    if not as_json:
        console.print(WHAT_IT_SAYS)


def _rounded(value: object) -> object:
    return round(value, 4) if isinstance(value, float) else value

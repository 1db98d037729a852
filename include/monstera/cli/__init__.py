"""Monstera, a product-metrics warehouse: load, publish, look, and explain.

Each module of this package holds the commands of one noun in a `commands` Typer app.
"""

import sys

import psycopg
import typer
from rich.console import Console

from monstera.alerts import RulesFailed
from monstera.cli import (
    airflow,
    alerts,
    audit_log,
    bench,
    catalog,
    cross_product,
    definitions,
    demo,
    digest,
    explain,
    generate,
    loading,
    pipeline,
    privacy,
    segments,
    setup,
)
from monstera.cli.exit_codes import FAILED, WRONG_USAGE_OR_DEFINITIONS
from monstera.definitions import DefinitionError
from monstera.orchestration.supervisor import AirflowError
from monstera.settings import UnusableLandingZone
from monstera.warehouse.database import NOT_SET_UP, LoginRefused, WarehouseError
from monstera.warehouse.server import ServerError

OF_AN_OLDER_VERSION = (
    psycopg.errors.InvalidSchemaName,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.UndefinedTable,
)
"""What a warehouse lacks whose migrations have not run."""

app = typer.Typer(
    help=__doc__.splitlines()[0],
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (
    airflow, alerts, audit_log, bench, catalog, cross_product, definitions, demo, digest, explain,
    generate, loading, pipeline, privacy, segments, setup,
):  # fmt: skip
    app.add_typer(module.commands)


def main() -> None:
    """Runs the command line; a known failure is one readable message and an exit code."""
    errors = Console(stderr=True, soft_wrap=True)
    try:
        app()
    except (DefinitionError, UnusableLandingZone) as error:
        errors.print(str(error), style="red", markup=False)
        sys.exit(WRONG_USAGE_OR_DEFINITIONS)
    except (LoginRefused, psycopg.errors.InsufficientPrivilege) as error:
        errors.print(_refused(error), style="red", markup=False)
        sys.exit(FAILED)
    except (AirflowError, RulesFailed, WarehouseError, ServerError) as error:
        errors.print(str(error), style="red", markup=False)
        sys.exit(FAILED)
    except OSError as error:
        if error.filename is None:
            raise
        errors.print(f"{error.filename}: {error.strerror}", style="red", markup=False)
        sys.exit(FAILED)
    except OF_AN_OLDER_VERSION as error:
        about = error.diag.message_primary
        errors.print(f"{NOT_SET_UP} ({about})", style="red", markup=False)
        sys.exit(FAILED)


def _refused(error: Exception) -> str:
    """What was refused; it is entered into the audit log, or kept until that can be done."""
    from monstera import audit
    from monstera.cli.context import settings, warehouse

    audit.note_refusal(error, warehouse(), settings())
    said = error.diag.message_primary if isinstance(error, psycopg.Error) else error
    return f"The warehouse refused this, and it is noted for the audit log: {said}"

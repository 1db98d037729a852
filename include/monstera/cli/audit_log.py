"""Commands about the audit log: read it, check it, find a name in it."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from psycopg.rows import dict_row

from monstera import audit
from monstera.cli.context import AsJson, print_record, print_records, warehouse

commands = typer.Typer()
audit_commands = typer.Typer(no_args_is_help=True, help="Who did or was refused what.")
commands.add_typer(audit_commands, name="audit")

_LIST = """
select entry_id as entry, recorded_at, principal::text, action, subject, outcome, counts
from ops.audit_log
where recorded_at >= %(since)s
    and (%(who)s::text is null or principal = ops.audit_principal(%(who)s))
    and (outcome = 'refused' or not %(refused)s)
order by entry_id
"""


@audit_commands.command("list")
def list_command(
    days: Annotated[int, typer.Option(help="How many days back.", min=1)] = 7,
    who: Annotated[str | None, typer.Option(help="Only what this person or service did.")] = None,
    refused: Annotated[bool, typer.Option("--refused", help="Only what was refused.")] = False,
    as_json: AsJson = False,
) -> None:
    """Entries of the last days. People stand in them as pseudonyms: --who finds those of a name."""
    since = datetime.now(UTC) - timedelta(days=days)
    with warehouse().transaction("monstera_auditor") as connection:
        cursor = connection.cursor(row_factory=dict_row)
        cursor.execute(_LIST, {"since": since, "who": who, "refused": refused})
        print_records(cursor.fetchall(), as_json)


@audit_commands.command("verify")
def verify_command(
    head: Annotated[
        str | None,
        typer.Option(help="What this command printed before, kept outside the warehouse."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check that nothing was changed, taken out or cut off, and print the newest entry's hash.

    Exit code 1: the log was tampered with.
    """
    try:
        known = None if head is None else audit.Head.parse(head)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    found = audit.verify(warehouse(), known)
    print_record({"entries": found.entry_id, "head": str(found)}, as_json)

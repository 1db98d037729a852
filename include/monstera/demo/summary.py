"""What a newcomer is shown after the demo: read from the tables that everybody reads."""

from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from monstera.warehouse import Warehouse

COLOURS = {
    "trial": "blue",
    "new": "blue",
    "new_paid": "blue",
    "active": "green",
    "expanding": "green",
    "returning": "cyan",
    "reactivated": "cyan",
    "contracting": "yellow",
    "at_risk": "yellow",
    "dunning": "yellow",
    "frozen": "yellow",
    "dormant": "bright_black",
    "churned": "red",
    "deleted": "bright_black",
}
DAYS_SHOWN = 10

_TOTALS = """
select
    (select as_of from ops.current_publication) as as_of,
    (select count(*) from ops.publications) as publications,
    (select count(*) from bronze.user_signups) as users,
    (select count(*) from bronze.accounts where valid_to = 'infinity') as accounts,
    (select sum(rows_read) from ops.load_manifest where kind = 'file') as rows_read,
    (select count(*) from ops.load_manifest where kind = 'file') as files,
    (select count(*) from bronze.event_quarantine) as quarantined
"""

_USERS = """
select date, state, users from gold.user_state_counts
where scope = 'platform' and date > (select as_of from ops.current_publication) - %s::integer
order by date
"""

_ACCOUNTS = """
select
    c.state,
    coalesce(before.accounts, 0) as accounts_before,
    c.accounts,
    round(c.mrr) as mrr
from ops.current_publication as p
join gold.account_state_counts as c on c.date = p.as_of
left join gold.account_state_counts as before
    on before.state = c.state and before.date = c.date - 30
order by c.mrr desc, c.accounts desc
"""

_RESTATED = """
select metric_id, date, old_value, new_value, cause, publications.as_of as published_with
from ops.metric_restatements
join ops.publications using (publication_id)
where segment_key = 'all' and abs(old_value) >= 20
order by abs(new_value - old_value) / abs(old_value) desc nulls last
limit 3
"""

_QUARANTINE = """
select reason, count(*) as rows from bronze.event_quarantine, unnest(reasons) as reason
group by reason order by rows desc, reason limit 8
"""

_INCIDENTS = """
select priority, rule_id, segment, opened_on, resolved_on, value, baseline, threshold
from ops.alert_incidents
order by opened_at desc, priority limit 8
"""


def summary(warehouse: Warehouse, mails: Path, address: str) -> RenderableType:
    """The published states, a correction, the quarantine, the alerts, and where to go from here.

    Args:
        mails: folder of the mails that were sent.
        address: where Airflow's UI will be.
    """
    with warehouse.connect() as connection:
        totals = _rows(connection, _TOTALS)[0]
        return Group(
            _headline(totals),
            _users(_rows(connection, _USERS, [DAYS_SHOWN])),
            _accounts(_rows(connection, _ACCOUNTS)),
            _restated(_rows(connection, _RESTATED)),
            _quarantine(_rows(connection, _QUARANTINE), totals),
            _incidents(_rows(connection, _INCIDENTS)),
            _mails(mails),
            _next_steps(address),
        )


def _headline(totals: dict[str, Any]) -> RenderableType:
    return Panel(
        f"Published as of [bold]{totals['as_of']}[/bold] in {totals['publications']} publications: "
        f"{totals['users']:,} users and {totals['accounts']:,} accounts from "
        f"{totals['rows_read']:,} rows in {totals['files']:,} files.",
        title="Monstera",
        border_style="green",
    )


def _users(rows: list[dict[str, Any]]) -> RenderableType:
    present = [state for state in COLOURS if any(row["state"] == state for row in rows)]
    table = _table("Users by state, the last days", "gold.user_state_counts")
    table.add_column("date", no_wrap=True)
    for state in present:
        table.add_column(state, style=COLOURS[state], justify="right", no_wrap=True)
    for day in sorted({row["date"] for row in rows}):
        users = {row["state"]: row["users"] for row in rows if row["date"] == day}
        table.add_row(str(day), *(f"{users.get(state, 0):,}" for state in present))
    return table


def _accounts(rows: list[dict[str, Any]]) -> RenderableType:
    table = _table("Accounts by state", "gold.account_state_counts")
    for name in ("state", "30 days ago", "now", "monthly revenue"):
        table.add_column(name, justify="left" if name == "state" else "right", no_wrap=True)
    for row in rows:
        table.add_row(
            f"[{COLOURS[row['state']]}]{row['state']}[/]",
            f"{row['accounts_before']:,}", f"[bold]{row['accounts']:,}[/bold]", f"{row['mrr']:,}",
        )  # fmt: skip
    return table


def _restated(rows: list[dict[str, Any]]) -> RenderableType:
    table = _table("Corrected after late data", "ops.metric_restatements")
    for name in ("metric", "day", "was", "is", "cause", "corrected with"):
        table.add_column(name, no_wrap=True)
    for row in rows:
        table.add_row(
            row["metric_id"], str(row["date"]), _number(row["old_value"]),
            f"[bold]{_number(row['new_value'])}[/bold]", row["cause"], str(row["published_with"]),
        )  # fmt: skip
    return table


def _quarantine(rows: list[dict[str, Any]], totals: dict[str, Any]) -> RenderableType:
    table = _table(f"Refused rows: {totals['quarantined']:,}", "bronze.event_quarantine")
    table.add_column("reason")
    table.add_column("rows", justify="right")
    for row in rows:
        table.add_row(Text(row["reason"]), f"{row['rows']:,}")
    return table


def _incidents(rows: list[dict[str, Any]]) -> RenderableType:
    table = _table("Alerts", "ops.alert_incidents")
    for name in ("", "rule", "opened", "resolved", "value", "limit"):
        table.add_column(name, no_wrap=name != "rule")
    for row in rows:
        labels = ", ".join(str(value) for value in row["segment"].values())
        table.add_row(
            f"[bold]{row['priority']}[/bold]",
            Text(f"{row['rule_id']} {labels}".strip()),
            str(row["opened_on"]), str(row["resolved_on"] or "open"),
            _number(row["value"]), _number(row["threshold"]),
        )  # fmt: skip
    return table


def _mails(folder: Path) -> RenderableType:
    mails = sorted(folder.glob("*.eml"))
    return Text.assemble(
        ("\nMails  ", "bold"), f"{len(mails)} in {folder}/*.eml, for any mail program"
    )


def _next_steps(address: str) -> RenderableType:
    steps = Table(box=None, show_header=False, pad_edge=False)
    steps.add_row("[bold]make up[/bold]", f"Airflow's UI at {address}, where these runs are listed")
    steps.add_row("[bold].venv/bin/monstera sql[/bold]", "psql in the warehouse")
    steps.add_row("[bold].venv/bin/monstera --help[/bold]", "everything else")
    steps.add_row("[bold]make down[/bold]", "stops it all")
    return Group(Text("\nGo on with", style="bold"), steps)


def _table(title: str, source: str) -> Table:
    return Table(
        title=f"\n[bold]{title}[/bold]  [dim]{source}[/dim]",
        title_justify="left",
        title_style="",
        box=None,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )


def _number(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _rows(
    connection: "psycopg.Connection[Any]", query: str, values: list[Any] | None = None
) -> list[dict[str, Any]]:
    return connection.cursor(row_factory=dict_row).execute(query.encode(), values).fetchall()

"""Housekeeping: partitions ahead of time, statistics and dead rows, what has expired."""

from datetime import date, datetime, timedelta

from psycopg import sql

from monstera.warehouse.database import Warehouse

SCHEMAS = ["bronze", "silver", "gold", "ref", "ops"]
MONTHS_AHEAD = 3
KEEP_DAYS = 90
KEEP_CLOCK_DAYS = 14

_CHANGED = """
select schemaname, relname from pg_stat_user_tables
where schemaname = any(%s) and n_dead_tup + n_mod_since_analyze > 0
order by schemaname, relname
"""

_PARTITIONED = """
select relnamespace::regnamespace::text, relname from pg_class
where relkind = 'p' and relnamespace::regnamespace::text = any(%s)
order by relnamespace, relname
"""


def make_partitions(warehouse: Warehouse, today: date) -> None:
    """Makes the month partitions of the events to come, so that no load has to."""
    with warehouse.transaction() as connection:
        for months in range(MONTHS_AHEAD + 1):
            connection.execute(
                "select bronze.ensure_event_partition("
                "(date_trunc('month', %s::date) + make_interval(months => %s))::date)",
                [today, months],
            )


def delete_expired(warehouse: Warehouse, now: datetime) -> dict[str, int]:
    """Deletes what only helps to look into recent trouble, after `KEEP_DAYS`; rows by table.

    Evaluations of rules that look at the clock every few minutes go after `KEEP_CLOCK_DAYS`.
    Events, states, metrics, incidents and the record of loads and publications are not touched.
    """
    limit = now - timedelta(days=KEEP_DAYS)
    clock_limit = now - timedelta(days=KEEP_CLOCK_DAYS)
    with warehouse.transaction() as connection:
        return {
            "ops.alert_evaluations": connection.execute(
                "delete from ops.alert_evaluations"
                " where evaluated_at < %s or is_of_clock and evaluated_at < %s",
                [limit, clock_limit],
            ).rowcount,
            "ops.check_failures": connection.execute(
                "delete from ops.check_failures using ops.check_results"
                " where check_results.check_result_id = check_failures.check_result_id"
                " and check_results.checked_at < %s",
                [limit],
            ).rowcount,
            "ops.event_profile": connection.execute(
                "delete from ops.event_profile where date < %s", [limit.date()]
            ).rowcount,
        }


def vacuum(warehouse: Warehouse) -> int:
    """Vacuums and analyzes every table that changed; returns how many.

    Autovacuum does most of it in time, but never analyzes the parents of partitions.
    """
    with warehouse.connect(autocommit=True) as connection:
        changed = connection.execute(_CHANGED, [SCHEMAS]).fetchall()
        for table in changed:
            connection.execute(
                sql.SQL("vacuum (analyze, skip_locked) {}").format(sql.Identifier(*table))
            )
        for parent in connection.execute(_PARTITIONED, [SCHEMAS]).fetchall():
            connection.execute(
                sql.SQL("analyze (skip_locked) only {}").format(sql.Identifier(*parent))
            )
    return len(changed)

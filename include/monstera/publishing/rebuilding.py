"""The rebuild's own part: fresh tables beside the published ones, exchanged at the end.

While a rebuild computes, the schema `rebuild` comes first on the search path, so the same SQL that
changes the published tables in a day fills the fresh ones instead.
"""

from typing import Any

import psycopg
from psycopg import sql

from monstera.transforms.files import Kind
from monstera.warehouse.database import one_row

SCHEMA = "rebuild"
TABLES = (
    "user_daily_activity",
    "user_activation_events",
    "user_lives",
    "user_attributes",
    "user_dunning_spans",
    "user_states",
    "user_state_spans",
    "user_state_transitions",
    "account_members",
    "account_facts",
    "account_fact_spans",
    "account_days",
    "account_member_counts",
    "account_health",
    "account_state_transitions",
    "account_mrr_movements",
    "user_workflow_events",
    "user_workflow_runs",
    "user_adoptions",
    "adoption_sequence_counts",
    "product_pair_counts",
    "user_journey_spans",
    "user_product_switches",
    "user_feature_days",
    "user_feature_adoptions",
    "user_contacts",
    "user_segments",
    "user_value_spans",
    "user_segment_spans",
)
# The fresh events of a rebuild are all there are: their sums are the table, and need no merging.
FILLED_OTHERWISE = {
    "silver/user_daily_activity": "activity_delta",
    "silver/user_activation_events": "activation_delta",
}
ACTIVITY_OF_A_BATCH = 5_000_000
"""Rows of activity (user, day, scope) of the users whose numbers are computed at a time."""
BECOME_TABLES = {f"run/{scratch}" for scratch in FILLED_OTHERWISE.values()}
BECOME_VIEWS = {"run/fresh_events"}  # all events: read where they are, instead of a copy


def prepare(connection: "psycopg.Connection[Any]") -> None:
    """Makes the fresh tables, empty and without indexes, and puts them first on the path."""
    for table in TABLES:
        connection.execute(
            f"create table {SCHEMA}.{table}"
            f" (like silver.{table} including defaults including generated)"
        )
        _copy_settings(connection, table)
    connection.execute(f"set local search_path = {SCHEMA}, silver")


def fill(connection: "psycopg.Connection[Any]", step: str) -> None:
    """Lets a scratch table become the fresh table, under both names."""
    scratch = FILLED_OTHERWISE[step]
    table = step.removeprefix("silver/")
    connection.execute(f"drop table {SCHEMA}.{table}")
    connection.execute(f"alter table run.{scratch} rename to {table}")
    connection.execute(f"alter table run.{table} set schema {SCHEMA}")
    connection.execute(f"create view run.{scratch} as select * from {SCHEMA}.{table}")


def kind_of(step: str) -> Kind:
    """What a rebuild puts the result of a step of `run/` into."""
    if step in BECOME_VIEWS:
        return "view"
    return "table" if step in BECOME_TABLES else "unlogged table"


def analyze(connection: "psycopg.Connection[Any]", step: str) -> None:
    """Tells the planner of the following steps what a step has filled."""
    table = step.removeprefix("silver/")
    if table in TABLES:
        connection.execute(f"analyze {SCHEMA}.{table}")


def batches(connection: "psycopg.Connection[Any]") -> int:
    """In how many batches of users the numbers of all days are computed, by rows of activity.

    At most 256, one for each value of the byte of a user's id that batches go by.
    """
    rows: float = one_row(
        connection.execute(
            "select reltuples from pg_class where oid = 'rebuild.user_daily_activity'::regclass"
        )
    )[0]
    return min(1 + int(rows // ACTIVITY_OF_A_BATCH), 256)


def add_keys(connection: "psycopg.Connection[Any]") -> None:
    """Gives the filled tables the keys, constraints and indexes of those they will replace.

    Made now, while readers still read the published ones: attaching only has to find them.
    """
    for table in TABLES:
        _copy_keys(connection, table)
        connection.execute(f"analyze {SCHEMA}.{table}")


def exchange(connection: "psycopg.Connection[Any]") -> None:
    """Puts the fresh tables in the place of the published partitions."""
    for table in TABLES:
        partition = sql.Identifier("silver", f"{table}_1")
        connection.execute(
            sql.SQL("alter table {} detach partition {}").format(
                sql.Identifier("silver", table), partition
            )
        )
        connection.execute(sql.SQL("drop table {}").format(partition))
        connection.execute(
            sql.SQL("alter table {} rename to {}").format(
                sql.Identifier(SCHEMA, table), sql.Identifier(f"{table}_1")
            )
        )
        connection.execute(
            sql.SQL("alter table {} set schema silver").format(sql.Identifier(SCHEMA, f"{table}_1"))
        )
        connection.execute(
            sql.SQL(
                "alter table {} attach partition {} for values from (minvalue) to (maxvalue)"
            ).format(sql.Identifier("silver", table), partition)
        )


def _copy_settings(connection: "psycopg.Connection[Any]", table: str) -> None:
    """Gives the fresh table the storage parameters of the published one, which `like` omits."""
    settings = one_row(
        connection.execute(
            "select array_to_string(reloptions, ', ') from pg_class where oid = %s::regclass",
            [f"silver.{table}_1"],
        )
    )[0]
    if settings:
        connection.execute(f"alter table {SCHEMA}.{table} set ({settings})")


def _copy_keys(connection: "psycopg.Connection[Any]", table: str) -> None:
    """Adds the parent's primary key, constraints and indexes to the fresh table."""
    columns = one_row(
        connection.execute(
            """
        select array_agg(a.attname order by k.position)
        from pg_index as i
        cross join lateral unnest(i.indkey::int[]) with ordinality as k (attnum, position)
        join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = k.attnum
        where i.indrelid = %s::regclass and i.indisprimary
        """,
            [f"silver.{table}"],
        )
    )[0]
    not_null = connection.execute(
        "select attname from pg_attribute where attrelid = %s::regclass"
        " and attnum > 0 and attnotnull and not attisdropped",
        [f"silver.{table}"],
    ).fetchall()
    checks = connection.execute(
        "select conname, pg_get_constraintdef(oid) from pg_constraint"
        " where conrelid = %s::regclass and contype = 'c'",
        [f"silver.{table}"],
    ).fetchall()
    parts = [
        *(sql.SQL("alter {} set not null").format(sql.Identifier(name)) for (name,) in not_null),
        *(
            sql.SQL("add constraint {} ").format(sql.Identifier(name)) + sql.SQL(definition)
            for name, definition in checks
        ),
        sql.SQL("add constraint {} primary key ({})").format(
            sql.Identifier(f"{table}_1_pkey"), sql.SQL(", ").join(map(sql.Identifier, columns))
        ),
    ]
    fresh = sql.Identifier(SCHEMA, table)
    # in one statement, which reads the table once for all of them
    connection.execute(sql.SQL("alter table {} ").format(fresh) + sql.SQL(", ").join(parts))
    indexes = connection.execute(
        "select split_part(pg_get_indexdef(indexrelid), ' USING ', 2) from pg_index"
        " where indrelid = %s::regclass and not indisunique",
        [f"silver.{table}"],
    ).fetchall()
    for (definition,) in indexes:
        connection.execute(sql.SQL("create index on {} using ").format(fresh) + sql.SQL(definition))

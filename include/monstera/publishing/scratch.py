"""Scratch tables of the schema `run`: who reads them, and how long a rebuild keeps them.

All together they would fill the disk: an estimated 130 GB for a million users and half a year.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import psycopg
from psycopg import sql

from monstera.publishing.rebuilding import BECOME_VIEWS, FILLED_OTHERWISE
from monstera.publishing.steps import STEPS, VIEWS
from monstera.segments import IN_BATCHES
from monstera.transforms.files import SQL, read_sql

_STORED_ELSEWHERE = VIEWS | BECOME_VIEWS | {f"run/{name}" for name in FILLED_OTHERWISE.values()}
_READ_BY_PYTHON = {"run/first_changed_day"}


@cache
def unread_after(step: str) -> tuple[str, ...]:
    """The scratch tables, as steps of `run/`, that nothing reads any more after a step.

    What a check, a metric or another file beside the steps reads is there to the end, and so is
    what every batch of users reads.
    """
    following = STEPS[STEPS.index(step) + 1 :]
    read_later = _read_at_the_end().union(*map(_read_by, following))
    if step in IN_BATCHES:
        read_later |= set().union(*map(_read_by, IN_BATCHES)) - set(IN_BATCHES)
    unread = (_read_by(step) | {step}) - read_later - _STORED_ELSEWHERE
    return tuple(sorted(name for name in unread if name.startswith("run/")))


@cache
def outlives_a_batch(step: str) -> bool:
    """Whether the rows of all batches are kept together, since something reads them afterwards."""
    return step not in VIEWS and not any(step in unread_after(other) for other in IN_BATCHES)


def drop(connection: "psycopg.Connection[Any]", steps: Sequence[str]) -> None:
    """Drops the tables of these steps, and views of them.

    They are emptied first: the files of a dropped table stay until the transaction ends.
    """
    for step in steps:
        table = read_sql(step).table
        connection.execute(sql.SQL("truncate {}").format(table))
        connection.execute(sql.SQL("drop table {} cascade").format(table))


def drop_all(connection: "psycopg.Connection[Any]") -> None:
    """Drops every table and view of the schema."""
    scratch = connection.execute(
        "select case relkind when 'v' then 'view' else 'table' end, relname from pg_class"
        " where relnamespace = 'run'::regnamespace and relkind in ('r', 'v')"
        " order by relkind = 'v' desc"
    ).fetchall()
    for kind, name in scratch:
        connection.execute(f"drop {kind} if exists run.{name} cascade")


@cache
def _read_by(file: str) -> set[str]:
    """The scratch tables that a file reads, by itself or by way of a view."""
    names = {f"run/{name}" for name in read_sql(file).scratch}
    return names.union(*(_read_by(name) for name in names & (VIEWS | BECOME_VIEWS)))


@cache
def _read_at_the_end() -> set[str]:
    files = {f"{path.parent.name}/{path.stem}" for path in SQL.glob("*/*.sql")}
    return _READ_BY_PYTHON.union(*map(_read_by, files - set(STEPS)))

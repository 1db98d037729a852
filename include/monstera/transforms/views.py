"""The views that analysts read: made from their files, commented from the files' headers."""

import re
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from monstera.transforms.files import SQL, SqlFile, read_sql

_READ = re.compile(r"\b(?:from|join)\s+(?:silver\.|gold\.)?(\w+)")
READERS = ("monstera_analyst", "monstera_alerter", "monstera_transformer")


@cache
def reader_views() -> tuple[SqlFile, ...]:
    """The files that describe columns, which makes them views for readers; sources come first."""
    files = [read_sql(f"{path.parent.name}/{path.stem}") for path in sorted(SQL.glob("*/*.sql"))]
    views = [file for file in files if "columns" in file.header]
    order = TopologicalSorter[Path]()
    for view in views:
        read = set(_READ.findall(view.body))
        order.add(view.path, *(v.path for v in views if v.name in read and v is not view))
    by_path = {view.path: view for view in views}
    return tuple(by_path[path] for path in order.static_order())


def create_views(connection: "psycopg.Connection[Any]") -> None:
    """Makes or replaces every reader's view with its comments and grants, in the transaction."""
    connection.execute("set local search_path = silver")
    for file in reader_views():
        view = file.table
        connection.execute(
            sql.SQL("create or replace view {} as ").format(view) + file.render(connection, {})
        )
        connection.execute(
            sql.SQL("comment on view {} is {}").format(view, _text(file.header["description"]))
        )
        for column, about in file.header["columns"].items():
            connection.execute(
                sql.SQL("comment on column {}.{} is {}").format(
                    view, sql.Identifier(column), _text(about["description"])
                )
            )
        readers = sql.SQL(", ").join(map(sql.Identifier, READERS))
        connection.execute(sql.SQL("grant select on {} to {}").format(view, readers))


def _text(text: str) -> sql.Literal:
    return sql.Literal(text.strip())

"""SQL put together from the columns of a feed; names come from definitions, which hold
snake_case names and nothing else.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier

from monstera.definitions import Column

TYPES = {
    "string": "text",
    "integer": "bigint",
    "number": "numeric",
    "boolean": "boolean",
    "timestamp": "timestamptz",
    "date": "date",
    "array": "jsonb",
    "object": "jsonb",
}
TYPED_BEFORE = {"timestamp", "date"}
"""Column types that arrive as what they are; the others arrive as text."""


def type_of(column: Column) -> str:
    """The type of a column in its table."""
    return "uuid" if column.pseudonym else TYPES[column.type]


def create_pending(connection: "Connection[Any]", name: str, columns: Mapping[str, Column]) -> None:
    """Makes the temporary table that a file's records are gathered in."""
    types = {
        name: type_of(column) if column.pseudonym or column.type in TYPED_BEFORE else "text"
        for name, column in columns.items()
    }
    connection.execute(
        SQL("create temp table {} ({}) on commit drop").format(
            Identifier(name), declarations(types)
        )
    )


def names(columns: Iterable[str], table: str | None = None) -> Composed:
    """`a, b`, or `t.a, t.b`."""
    return SQL(", ").join(
        Identifier(table, name) if table else Identifier(name) for name in columns
    )


def casts(columns: Mapping[str, Column], table: str) -> Composed:
    """`t.a::bigint as a, t.b::text as b`: pending values as what their columns hold."""
    return SQL(", ").join(
        SQL("{}::{} as {}").format(Identifier(table, name), SQL(type_of(column)), Identifier(name))
        for name, column in columns.items()
    )


def assignments(columns: Iterable[str]) -> Composed:
    """`a = excluded.a, b = excluded.b`."""
    return SQL(", ").join(
        SQL("{name} = excluded.{name}").format(name=Identifier(name)) for name in columns
    )


def declarations(types: Mapping[str, str]) -> Composed:
    """`a bigint, b text`."""
    return SQL(", ").join(
        SQL("{} {}").format(Identifier(name), SQL(type_name)) for name, type_name in types.items()
    )

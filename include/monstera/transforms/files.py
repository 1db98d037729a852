"""SQL files: a header of YAML in a comment, then static SQL with `:name` parameters.

Parameters are written as in psql. Here they become quoted literals and not server-side ones, since
`create table as` takes none and a plan for the dates at hand reads only their partitions.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import psycopg
import yaml
from psycopg import sql

from monstera.settings import PROJECT

SQL = PROJECT / "sql"
_HEADER = re.compile(r"\A\s*/\*(.*?)\*/", re.DOTALL)
Kind = Literal["unlogged table", "table", "view"]
_SCRATCH = re.compile(r"\brun\.(\w+)")
_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]+)\b")


@dataclass(frozen=True)
class SqlFile:
    """One file of `sql/`: its path is the name of the table or view that it makes or fills."""

    path: Path
    header: Mapping[str, Any]
    body: str

    @property
    def schema(self) -> str:
        """Schema of the table, from the folder."""
        return self.path.parent.name

    @property
    def name(self) -> str:
        """Name of the table, from the file."""
        return self.path.stem

    @property
    def table(self) -> sql.Identifier:
        """The table or view, quoted."""
        return sql.Identifier(self.schema, self.name)

    @property
    def scratch(self) -> set[str]:
        """Names of the tables of the schema `run` that the file reads."""
        return set(_SCRATCH.findall(self.body))

    def render(
        self, connection: "psycopg.Connection[Any]", parameters: Mapping[str, Any]
    ) -> sql.SQL:
        """The SQL with every `:name` replaced by the quoted value.

        Raises:
            KeyError: the file names a parameter that is not given.
        """

        def literal(match: re.Match[str]) -> str:
            value = parameters[match.group(1)]
            quoted = value if isinstance(value, sql.Composable) else sql.Literal(value)
            return quoted.as_string(connection)

        return sql.SQL(_PARAMETER.sub(literal, self.body))

    def execute(
        self, connection: "psycopg.Connection[Any]", parameters: Mapping[str, Any] | None = None
    ) -> "psycopg.Cursor[Any]":
        """Runs the file's statements in the connection's transaction."""
        with self.planned(connection):
            return connection.execute(self.render(connection, parameters or {}))

    def create(
        self,
        connection: "psycopg.Connection[Any]",
        parameters: Mapping[str, Any],
        kind: Kind = "unlogged table",
    ) -> None:
        """Puts what the file selects into a table, or behind a view, of the file's name."""
        statement = sql.SQL("create {} {} as {}").format(
            sql.SQL(kind), self.table, self.render(connection, parameters)
        )
        with self.planned(connection):
            connection.execute(statement)
        if kind != "view":
            connection.execute(sql.SQL("analyze {}").format(self.table))

    def add(self, connection: "psycopg.Connection[Any]", parameters: Mapping[str, Any]) -> None:
        """Puts what the file selects into the table of its name beside what is there."""
        with self.planned(connection):
            connection.execute(
                sql.SQL("insert into {} {}").format(self.table, self.render(connection, parameters))
            )
        connection.execute(sql.SQL("analyze {}").format(self.table))

    @contextmanager
    def planned(self, connection: "psycopg.Connection[Any]") -> Iterator[None]:
        """Sets what `settings` of the header say of the planner, for statements of this file."""
        settings = self.header.get("settings", {})
        for name, value in settings.items():
            connection.execute(
                sql.SQL("set local {} = {}").format(sql.Identifier(name), sql.Literal(value))
            )
        yield
        for name in settings:
            connection.execute(sql.SQL("set local {} to default").format(sql.Identifier(name)))


@cache
def read_sql(name: str) -> SqlFile:
    """The file `sql/<name>.sql`, for instance `silver/user_states`.

    Raises:
        FileNotFoundError: there is no such file.
    """
    path = SQL / f"{name}.sql"
    text = path.read_text()
    header = _HEADER.match(text)
    if header is None:
        return SqlFile(path, {}, text)
    return SqlFile(path, yaml.safe_load(header.group(1)) or {}, text[header.end() :].strip())

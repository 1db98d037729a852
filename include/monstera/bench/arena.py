"""A throw-away server with the settings of a production one, and databases on it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from monstera.definitions import Definitions, compile_definitions, load_definitions
from monstera.definitions.segments import Segments
from monstera.transforms import create_views
from monstera.warehouse import Warehouse
from monstera.warehouse.migrate import migrate
from monstera.warehouse.server import EmbeddedServer

DEFINITIONS = Path(__file__).parent / "definitions"
TEMPLATE = "empty"


@dataclass(frozen=True)
class Arena:
    """Where the benchmark takes place: a folder for files, a server, the definitions.

    A fresh warehouse is without segments and workflows; who measures them compiles `definitions`.
    """

    folder: Path
    server: EmbeddedServer
    definitions: Definitions

    @contextmanager
    def warehouse(self, name: str) -> Iterator[Warehouse]:
        """A fresh warehouse, dropped at the end."""
        self.server.create_database(name, template=TEMPLATE)
        try:
            yield Warehouse(self.server.url(name))
        finally:
            self._drop(name)

    def checkpoint(self) -> None:
        """Writes dirty pages out, so that no measurement pays for the one before it."""
        with self._administrate() as connection:
            connection.execute("checkpoint")

    def _administrate(self) -> "psycopg.Connection[Any]":
        return Warehouse(self.server.url("postgres")).connect(autocommit=True)

    def _drop(self, name: str) -> None:
        with self._administrate() as connection:
            connection.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )


@contextmanager
def open_arena(folder: Path) -> Iterator[Arena]:
    """An arena in a folder of its own, which is gone at the end, server and all.

    Raises:
        FileExistsError: the folder is there already: another run, or one that was killed.
    """
    if folder.exists():
        raise FileExistsError(
            f"{folder} is there already: another benchmark runs, or one was killed. "
            "Delete it if none runs."
        )
    server = EmbeddedServer(folder / "postgres")
    try:
        server.start()
        server.create_database(TEMPLATE)
        warehouse = Warehouse(server.url(TEMPLATE))
        definitions = load_definitions(DEFINITIONS)
        migrate(warehouse)
        with warehouse.transaction() as connection:
            compile_definitions(
                connection,
                definitions.model_copy(update={"segments": Segments(), "workflows": {}}),
            )
            create_views(connection)
        yield Arena(folder, server, definitions)
    finally:
        server.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)

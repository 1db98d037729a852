"""The embedded server where somebody puts it, or takes it away."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine

from monstera.warehouse import Warehouse
from monstera.warehouse.server import EmbeddedServer

SMALL = {"shared_buffers": "16MB", "fsync": "off"}


@pytest.mark.parametrize("name", ["it's, Ünal's 100%", "deep" * 40])
def test_odd_homes(tmp_path: Path, name: str) -> None:
    server = EmbeddedServer(tmp_path / name / "postgres", SMALL)
    server.start()
    try:
        with psycopg.connect(server.libpq("postgres")) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
        with create_engine(server.url("postgres")).connect() as connection:
            assert connection.exec_driver_sql("select 1").scalar() == 1
    finally:
        server.stop("immediate")


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder with a path so short that sockets fit into it."""
    with tempfile.TemporaryDirectory(prefix="m-") as folder:
        yield Path(folder)


def test_a_deleted_cluster_that_lives_on_takes_no_socket_from_the_next(short: Path) -> None:
    """A folder is moved away under its server, and a new cluster made in its place."""
    folder = short / "postgres"
    first, second = EmbeddedServer(folder, SMALL), EmbeddedServer(folder, SMALL)
    first.start()
    forgotten, was_at = first.postmaster_pid(), first.socket_folder
    away = folder.rename(short / "away")
    try:
        second.start()
        assert second.postmaster_pid() != forgotten
        assert second.socket_folder != was_at
        with Warehouse(second.url("postgres")).connect() as connection:
            assert connection.execute("show data_directory").fetchone() == (str(second.data),)
    finally:
        second.stop("immediate")
        EmbeddedServer(away, SMALL).stop("immediate")

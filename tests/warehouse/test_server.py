"""The embedded server in homes that an installer did not think of."""

from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine

from monstera.warehouse.server import EmbeddedServer


@pytest.mark.parametrize("name", ["it's, Ünal's 100%", "deep" * 40])
def test_odd_homes(tmp_path: Path, name: str) -> None:
    server = EmbeddedServer(
        tmp_path / name / "postgres", {"shared_buffers": "16MB", "fsync": "off"}
    )
    server.start()
    try:
        with psycopg.connect(server.libpq("postgres")) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
        with create_engine(server.url("postgres")).connect() as connection:
            assert connection.exec_driver_sql("select 1").scalar() == 1
    finally:
        server.stop("immediate")

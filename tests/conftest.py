"""The real thing for every test: an embedded PostgreSQL, real migrations, a database of its own."""

import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from monstera.settings import PROJECT
from monstera.transforms import create_views
from monstera.warehouse import Warehouse
from monstera.warehouse.migrate import migrate
from monstera.warehouse.server import EmbeddedServer

SHARED = Path(__file__).resolve().parents[2] / "shared"
FAST = {  # a test's server may forget everything when the machine dies
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "256MB",
}


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedServer]:
    """An embedded server of this test process."""
    with tempfile.TemporaryDirectory(prefix="monstera-tests-") as folder:
        server = EmbeddedServer(Path(folder) / "postgres", FAST)
        server.start()
        yield server
        server.stop("immediate")


@pytest.fixture(scope="session")
def template(server: EmbeddedServer) -> str:
    """Name of a migrated, empty database that others are copied from."""
    name = "template_migrated"
    server.create_database(name)
    warehouse = Warehouse(server.url(name))
    migrate(warehouse)
    with warehouse.transaction() as connection:
        create_views(connection)
    return name


@pytest.fixture
def warehouse(server: EmbeddedServer, template: str) -> Iterator[Warehouse]:
    """A migrated, empty warehouse for one test."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    server.create_database(name, template=template)
    warehouse = Warehouse(server.url(name))
    yield warehouse
    warehouse.engine.dispose()


@pytest.fixture(scope="session")
def airflow(server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Airflow's environment and database; nothing of it is imported before this is set."""
    home = tmp_path_factory.mktemp("airflow")
    server.create_database("airflow")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
            "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": server.url("airflow", driver="psycopg2"),
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
            "MONSTERA_FIRST_DAY": "2025-01-01",
        }.items():
            patch.setenv(name, value)
        from airflow import settings

        from monstera.orchestration import metadata

        metadata.prepare()
        yield
        settings.dispose_orm()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of worked cases and real logs that lies beside the project, where there is one."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared with worked cases is not there")
    return SHARED


@pytest.fixture(autouse=True)
def _no_configuration_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests must not reach a warehouse that the developer's environment names."""
    for name in [name for name in os.environ if name.startswith("MONSTERA_")]:
        monkeypatch.delenv(name)

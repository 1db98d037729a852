"""The real thing for every test: an embedded PostgreSQL, real migrations, a database of its own."""

import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from subprocess import CompletedProcess

import psycopg
import pytest
from hypothesis import settings
from sqlalchemy.engine import make_url

from monstera.definitions import Definitions, load_definitions
from monstera.settings import PROJECT
from monstera.transforms import create_views
from monstera.warehouse import Warehouse
from monstera.warehouse.migrate import migrate
from monstera.warehouse.server import EmbeddedServer

SHARED = Path(__file__).resolve().parents[2] / "shared"
MEMORY, ROOM = Path("/dev/shm"), 4 * 2**30  # bytes; the servers of two workers need less than 2 GiB
FAST = {  # a test's server may forget everything when the machine dies
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "io_method": "sync",  # small databases, all in memory: handing reads to workers costs more
    "shared_buffers": "256MB",
    "max_wal_size": "512MB",
}
LONGEST = (
    "rails/test_rails.py",
    "lifecycle/test_golden.py",
    "sql/test_cases.py",
    "setup/test_local_airflow.py",
    "lifecycle/test_properties.py",
    "accounts/test_golden.py",
    "accounts/test_properties.py",
    "faults/test_publish.py",
    "metrics/test_naive.py",
)

settings.register_profile("patient", deadline=None)  # a busy machine is no fault
settings.load_profile("patient")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, so that the workers of `make test` end together."""
    order = {Path(__file__).parent / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path, len(order)))


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedServer]:
    """An embedded server of this test process."""
    with tempfile.TemporaryDirectory(prefix="monstera-tests-", dir=_fast_folder()) as folder:
        server = EmbeddedServer(Path(folder) / "postgres", FAST)
        server.start()
        yield server
        server.stop("immediate")


def _fast_folder() -> Path | None:
    """The folder in memory, where there is one with room: a publish makes hundreds of files."""
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    return MEMORY if has_room and os.access(MEMORY, os.W_OK) else None


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


@pytest.fixture(scope="session")
def new_warehouse(server: EmbeddedServer, template: str) -> Callable[..., Warehouse]:
    """Makes a migrated warehouse, empty or a copy of another, which stays as long as the server."""

    def make(template: str = template) -> Warehouse:
        name = f"test_{uuid.uuid4().hex[:12]}"
        server.create_database(name, template=template)
        return Warehouse(server.url(name))

    return make


@pytest.fixture(scope="session")
def drop(server: EmbeddedServer) -> Callable[[Warehouse], None]:
    """Takes a warehouse away."""

    def drop(warehouse: Warehouse) -> None:
        with psycopg.connect(server.libpq("postgres"), autocommit=True) as connection:
            connection.execute(f"drop database {make_url(warehouse.url).database} with (force)")

    return drop


@pytest.fixture
def warehouse(
    new_warehouse: Callable[..., Warehouse], drop: Callable[[Warehouse], None]
) -> Iterator[Warehouse]:
    """A migrated, empty warehouse for one test, gone after it."""
    warehouse = new_warehouse()
    yield warehouse
    drop(warehouse)


def _forget_settings() -> None:
    """Lets the next command read its environment anew."""
    if (context := sys.modules.get("monstera.cli.context")) is not None:
        context.settings.cache_clear()
        context.warehouse.cache_clear()


@pytest.fixture(autouse=True)
def own_environment() -> Iterator[None]:
    """No test's commands see the settings of the test before."""
    yield
    _forget_settings()


@pytest.fixture
def monstera(monkeypatch: pytest.MonkeyPatch) -> Callable[..., CompletedProcess[str]]:
    """Runs the command line, which reads `text`: `monstera("status", "--json")`.

    In this process, since every process of its own takes a second or two to import it all.
    """
    from monstera.cli import main

    def run(*arguments: str, text: str = "") -> CompletedProcess[str]:
        _forget_settings()
        monkeypatch.setattr(sys, "argv", ["monstera", *arguments])
        monkeypatch.setattr(sys, "stdin", StringIO(text))
        with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as errors:
            try:
                code = main()
            except SystemExit as end:
                code = end.code
        return CompletedProcess(arguments, code or 0, out.getvalue(), errors.getvalue())

    return run


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
def shipped() -> Definitions:
    """The definitions that ship."""
    return load_definitions(PROJECT / "include" / "definitions")


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

"""The DAGs of the project, and a way to run them in this process."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from monstera.settings import Settings
from monstera.warehouse import Warehouse

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

    from monstera.orchestration.in_process import Run

RunDag = Callable[..., "Run"]


@pytest.fixture(scope="session")
def dag_bag(airflow: None) -> "DagBag":
    """The DAGs as Airflow reads them."""
    from monstera.orchestration import in_process

    return in_process.dags()


@pytest.fixture
def configured(warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The tasks' settings: this test's warehouse, a home and a landing zone of its own."""
    monkeypatch.setenv("MONSTERA_WAREHOUSE_URL", warehouse.url)
    monkeypatch.setenv("MONSTERA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MONSTERA_FIRST_DAY", "2025-01-01")
    return Settings()


@pytest.fixture
def run_dag(airflow: None, configured: Settings) -> Iterator[RunDag]:
    """Runs a DAG for real: `run_dag("build_snapshots", {"as_of": "2025-03-01"})`."""
    from airflow.models.variable import Variable

    from monstera.orchestration import in_process
    from monstera.orchestration.steps import AUDIT_HEAD

    def run(
        dag_id: str,
        conf: dict[str, object] | None = None,
        logical_date: datetime = datetime(2025, 6, 1, tzinfo=UTC),
    ) -> "Run":
        return in_process.run(dag_id, logical_date, conf)

    yield run
    Variable.delete(AUDIT_HEAD)  # of this test's warehouse

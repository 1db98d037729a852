"""What every DAG promises to whoever looks at it in the UI."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from monstera.settings import PROJECT

DAGS = {
    "build_snapshots",
    "evaluate_alerts",
    "load_events",
    "maintain_warehouse",
    "rebuild_history",
}
FILES = sorted((PROJECT / "dags").glob("*.py"))


def test_every_file_holds_the_dag_it_is_named_after(dag_bag: Any) -> None:
    assert dag_bag.import_errors == {}
    assert {file.stem for file in FILES} == DAGS
    assert set(dag_bag.dag_ids) == DAGS


def test_parsing_imports_nothing_heavy() -> None:
    """The scheduler parses them again and again: what is slow to import waits for a task."""
    script = (
        "import airflow.sdk, sys, runpy\n"
        "before = set(sys.modules)\n"
        f"for file in {[str(file) for file in FILES]}: runpy.run_path(file)\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    added = {module.split(".")[0] for module in run.stdout.split()}
    assert "monstera" in added
    assert not added & {"pandas", "pandera", "numpy", "pyarrow", "duckdb", "matplotlib", "scipy"}


@pytest.mark.parametrize("dag_id", sorted(DAGS))
def test_a_dag_says_what_it_is_and_whose(dag_bag: Any, dag_id: str) -> None:
    dag = dag_bag.dags[dag_id]
    assert dag.doc_md.startswith("### ")
    assert dag.tags
    assert dag.owner == "data"
    assert dag.max_active_runs == 1


@pytest.mark.parametrize("dag_id", sorted(DAGS))
def test_every_task_retries_with_patience_and_records_its_failure(
    dag_bag: Any, dag_id: str
) -> None:
    from monstera.orchestration.callbacks import record_failure

    for task in dag_bag.dags[dag_id].tasks:
        assert task.retries >= 3
        assert task.retry_exponential_backoff > 1
        assert task.retry_policy is not None
        assert list(task.on_failure_callback) == [record_failure]


def test_work_on_the_warehouse_queues_and_alerts_do_not(dag_bag: Any) -> None:
    pools = {task.task_id: task.pool for dag in dag_bag.dags.values() for task in dag.tasks}
    queued = {task for task, pool in pools.items() if pool == "warehouse"}
    assert {"load", "load.files", "publish", "rebuild", "vacuum"} <= queued
    assert not {"evaluate", "send"} & queued


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_dag_file_is_wiring(file: Path) -> None:
    text = file.read_text()
    assert len(text.splitlines()) <= 70
    assert "import pandas" not in text
    assert "select " not in text.lower()


def test_only_orchestration_imports_airflow() -> None:
    package = PROJECT / "include" / "monstera"
    strangers = [
        file.relative_to(package)
        for file in package.rglob("*.py")
        if file.parent != package / "orchestration"
        and any(
            line.strip().startswith(("import airflow", "from airflow"))
            for line in file.read_text().splitlines()
        )
    ]
    assert strangers == []


@pytest.mark.parametrize(
    ("lifecycle", "zone"),
    [
        ("business_time_zone: Europe/Berlin\nnew_days: many\n", "Europe/Berlin"),
        ("business_time_zone: Mars/Olympus\n", "UTC"),
        ("business_time_zone: [", "UTC"),
        ("", "UTC"),
    ],
)
def test_broken_definitions_stop_no_dag_from_being_parsed(
    airflow: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lifecycle: str, zone: str
) -> None:
    from monstera.orchestration import wiring

    (tmp_path / "lifecycle.yaml").write_text(lifecycle)
    monkeypatch.setenv("MONSTERA_DEFINITIONS", str(tmp_path))
    assert wiring.business_time_zone() == zone

"""Runs DAGs in this process, for real but without a scheduler: for the demo and for tests.

As a program it reads one run a line from standard input, as JSON, and answers each with a line.
"""

import json
import os
import sys
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from airflow.configuration import conf
from airflow.dag_processing.dagbag import DagBag
from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import TaskInstance
from airflow.utils.session import create_session
from sqlalchemy import func, select

from monstera.orchestration import metadata


class RunError(RuntimeError):
    """A DAG could not be run; the message says why."""


@dataclass(frozen=True)
class Run:
    """How a run ended.

    Attributes:
        state: `success` or `failed`.
        tasks: state of each task by its id.
    """

    run_id: str
    state: str
    tasks: dict[str, str]


def run(dag_id: str, logical_date: datetime, conf: Mapping[str, Any] | None = None) -> Run:
    """Runs every task of a DAG once; a run of the same date is replaced.

    Raises:
        RunError: there is no such DAG, or none of its tasks ran.
    """
    if dag_id not in dags().dags:
        raise RunError(f"No DAG {dag_id}: {dags().import_errors or 'unknown id'}")
    dag = deepcopy(dags().dags[dag_id])
    for task in dag.tasks:
        task.params = deepcopy(task.params)  # a run's configuration would stay in them
        task.retries = 0  # somebody waits for the answer
    dag.deadline = None  # the scheduler's business, and DAG.test() stumbles over them
    ended = dag.test(logical_date=logical_date, run_conf=dict(conf or {}))
    with create_session() as session:
        of_run = (TaskInstance.dag_id == dag_id, TaskInstance.run_id == ended.run_id)
        rows = session.execute(select(TaskInstance.task_id, TaskInstance.state).where(*of_run))
        tasks = {task: str(state) for task, state in rows}
        if not any(tasks.values()):
            raise RunError(f"No task of {dag_id} ran on {logical_date}: it is before its start.")
        _correct_start(session, ended.run_id, dag_id)
    return Run(ended.run_id, str(ended.state), tasks)


@cache
def dags() -> DagBag:
    """The project's DAGs."""
    folder = Path(conf.get("core", "dags_folder"))
    return DagBag(folder, bundle_path=folder, bundle_name="dags-folder")


def _correct_start(session: Any, run_id: str, dag_id: str) -> None:
    """`DAG.test` says that a run began at its logical date, and the UI would show days."""
    row = session.scalars(
        select(DagRun).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id)
    ).one()
    row.start_date = session.scalar(
        select(func.min(TaskInstance.start_date)).where(
            TaskInstance.dag_id == dag_id, TaskInstance.run_id == run_id
        )
    )


def main() -> None:
    """Answers runs until standard input ends; what Airflow prints goes to standard error."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    metadata.prepare()
    for line in sys.stdin:
        asked = json.loads(line)
        ended = run(
            asked["dag_id"], datetime.fromisoformat(asked["logical_date"]), asked.get("conf")
        )
        print(json.dumps(asdict(ended)), file=answers, flush=True)


if __name__ == "__main__":
    main()

"""The company's year through the DAGs: eleven months in one run, then a run a day."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

from monstera.demo.company import DAYS_ONE_BY_ONE, Company, DemoError
from monstera.orchestration.environment import LocalAirflow
from monstera.warehouse.database import open_warehouse

RUNS = 1 + DAYS_ONE_BY_ONE
AFTER_MIDNIGHT = time(0, 10)


@dataclass(frozen=True)
class Dags:
    """A process in which Airflow runs DAGs one after the other; it answers each with a line."""

    process: "subprocess.Popen[str]"
    log: Path

    def start(self, dag_id: str, at: datetime, conf: dict[str, Any] | None = None) -> None:
        """Begins a run of a DAG; `finish` waits for it."""
        asked = {"dag_id": dag_id, "logical_date": at.isoformat(), "conf": conf or {}}
        with suppress(BrokenPipeError):  # then there is no answer either
            print(json.dumps(asked), file=self.process.stdin, flush=True)

    def finish(self) -> None:
        """Waits for the end of the run that was started.

        Raises:
            DemoError: it failed; with the end of the log.
        """
        ended = json.loads(_stream(self.process.stdout).readline() or "{}")
        if ended.get("state") != "success":
            end = self.log.read_text(errors="replace")[-3000:]
            tasks = ended.get("tasks", "Airflow ended")
            raise DemoError(f"{end}\nA DAG failed ({tasks}): see {self.log}")


@contextmanager
def start_airflow(airflow: LocalAirflow, company: Company, name: str) -> Iterator[Dags]:
    """Airflow in a process of its own, which starts while there is other work to do."""
    airflow.make_database()
    environment = airflow.environment() | {
        "MONSTERA_FIRST_DAY": company.first.isoformat(),
        # Without it each task would look whether the server runs.
        "MONSTERA_WAREHOUSE_URL": open_warehouse(airflow.settings).url,
    }
    log = airflow.folder / f"demo-{name}.log"
    with log.open("w") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "monstera.orchestration.in_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=sink,
            text=True,
            cwd=airflow.folder,
            env=environment,
        )
    try:
        yield Dags(process, log)
    finally:
        process.kill()
        process.wait()


def live_through(
    publishing: Dags, alerting: Dags, company: Company, zone: ZoneInfo, published: date | None
) -> Iterator[date]:
    """Runs what is not published yet and yields each day that readers can see by then.

    As under a scheduler, the alerts of a day are judged and sent while the next day is computed.

    Raises:
        DemoError: a run failed.
    """
    eve = company.last - timedelta(days=DAYS_ONE_BY_ONE)
    days = [eve + timedelta(days=number) for number in range(RUNS)]
    # Whoever was killed may have published a day without telling of it.
    ahead = [day for day in days if published is None or day >= published]
    for day in ahead:
        night = datetime.combine(day + timedelta(days=1), AFTER_MIDNIGHT, zone)
        of_the_day = {"as_of": day.isoformat()}
        if day != published:
            publishing.start("build_snapshots", night, of_the_day)
            publishing.finish()
        if day != ahead[0]:
            alerting.finish()
        alerting.start("evaluate_alerts", night, of_the_day)
        yield day
    if ahead:
        alerting.finish()
        publishing.start("maintain_warehouse", night)
        publishing.finish()


def _stream(stream: IO[str] | None) -> IO[str]:
    assert stream is not None, "opened with pipes"
    return stream

"""A local Airflow as processes: one supervisor that starts, watches and ends them.

The supervisor holds a lock as long as it lives, whatever ends it. The components' working directory
is Airflow's folder, and by it the next `up` or `down` finds and ends what a killed supervisor left
behind (Airflow overwrites its processes' names and environment, so those do not tell).
"""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import psutil

from monstera.orchestration.environment import HOST, PORT_VARIABLE, LocalAirflow
from monstera.settings import Settings
from monstera.warehouse.database import embedded_server, open_warehouse
from monstera.warehouse.server import ServerError

COMPONENTS = {
    "api-server": "airflow api-server",
    "scheduler": "airflow scheduler --skip-serve-logs",  # the API server reads the files itself
    "dag-processor": "airflow dag-processor",
    "triggerer": "airflow triggerer --skip-serve-logs",
}
START_SECONDS = 240  # for all components to be healthy, or gone
STOP_SECONDS = 30  # for components to end by themselves
LEFTOVER_SECONDS = 5  # for those whose supervisor was killed
WATCH_SECONDS = 2


class AirflowError(RuntimeError):
    """Airflow could not be started or stopped; the message says why."""


def up(airflow: LocalAirflow, progress: Callable[[str], None] = lambda text: None) -> None:
    """Starts Airflow in the background and returns when every component is healthy.

    Does nothing when it runs already.

    Raises:
        AirflowError: the port is taken, or it did not become healthy; with the end of the log.
    """
    supervisor = begun = None
    if _supervisor_pid(airflow) is None:
        _end_components(airflow, LEFTOVER_SECONDS)
        _require_free_port(airflow.port)
        environment = airflow.environment()
        _log(airflow, "supervisor").write_text("")
        begun = datetime.now(UTC)
        supervisor = _start(airflow, "supervisor", "monstera.orchestration.supervisor", environment)
    deadline = time.monotonic() + START_SECONDS
    while waiting := _not_healthy(airflow, begun):
        progress(f"waiting for {', '.join(waiting)}")
        ended = supervisor is not None and supervisor.poll() is not None
        if ended or time.monotonic() > deadline:
            raise AirflowError(
                f"Airflow did not start: no answer from {', '.join(waiting)}.\n"
                f"{_tail(_log(airflow, 'supervisor'))}\nLogs: {airflow.folder}/*.log"
            )
        time.sleep(0.5)


def down(airflow: LocalAirflow) -> None:
    """Stops Airflow and what a killed one left behind, then the embedded server.

    Raises:
        AirflowError: the supervisor does not end.
    """
    if pid := _supervisor_pid(airflow):
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + START_SECONDS
        while _supervisor_pid(airflow):
            if time.monotonic() > deadline:
                raise AirflowError(f"The supervisor, process {pid}, does not end.")
            time.sleep(0.1)
    _end_components(airflow, LEFTOVER_SECONDS)
    embedded_server(airflow.settings).stop()


def is_up(airflow: LocalAirflow) -> bool:
    """Whether it runs and every component says that it is healthy."""
    return _supervisor_pid(airflow) is not None and not _not_healthy(airflow)


def supervise(airflow: LocalAirflow) -> None:
    """Runs the servers until SIGTERM; what ends unasked is started again. PostgreSQL goes last."""
    signal.signal(signal.SIGTERM, _leave)
    server = embedded_server(airflow.settings)
    components: dict[str, subprocess.Popen[bytes]] = {}
    try:
        open_warehouse(airflow.settings)
        airflow.make_database()
        environment = airflow.environment()
        prepare = [sys.executable, "-m", "monstera.orchestration.metadata"]
        subprocess.run(prepare, env=environment, check=True)
        for name in COMPONENTS:
            _log(airflow, name).write_text("")
        while True:
            try:
                server.start()
            except ServerError as error:  # for a moment after a kill its process id still exists
                print(error, flush=True)
            for name, command in COMPONENTS.items():
                if name not in components or components[name].poll() is not None:
                    print(f"{name}: starting", flush=True)
                    components[name] = _start(airflow, name, command, environment)
            time.sleep(WATCH_SECONDS)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("stopping", flush=True)
        _end_components(airflow, STOP_SECONDS)
        server.stop()


def _start(
    airflow: LocalAirflow, name: str, module: str, environment: dict[str, str]
) -> "subprocess.Popen[bytes]":
    with _log(airflow, name).open("a") as log:
        return subprocess.Popen(
            [sys.executable, "-m", *module.split()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=airflow.folder,
            env=environment,
        )


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def _end_components(airflow: LocalAirflow, patience: float) -> None:
    """Ends every process of a component, politely first; `patience` in seconds."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        processes = list(_supervised(airflow))
        for process in processes:
            try:
                process.send_signal(number)
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(processes, timeout=patience)


def _supervised(airflow: LocalAirflow) -> Iterator[psutil.Process]:
    """The components and what they forked."""
    python = os.path.realpath(sys.executable)
    for process in psutil.process_iter():
        try:
            ours = process.cwd() == str(airflow.folder) and process.exe() == python
        except psutil.Error:  # it ended, or is not ours to look at
            continue
        if ours and process.pid != os.getpid():
            yield process


def _not_healthy(airflow: LocalAirflow, begun: datetime | None = None) -> list[str]:
    """The components that are not there yet.

    A heartbeat from before `begun` is the last one of a component that was killed since.
    """
    try:
        with urllib.request.urlopen(f"{airflow.url}/api/v2/monitor/health", timeout=5) as answer:
            health = json.load(answer)
    except (OSError, ValueError):
        return ["api-server"]
    return [
        name.replace("_", "-")
        for name in ("metadatabase", "scheduler", "dag_processor", "triggerer")
        if not _is_well(name, health.get(name) or {}, begun)
    ]


def _is_well(name: str, said: Mapping[str, Any], begun: datetime | None) -> bool:
    beat = said.get(f"latest_{name}_heartbeat")
    is_stale = begun is not None and beat is not None and datetime.fromisoformat(beat) < begun
    return said.get("status") == "healthy" and not is_stale


def _require_free_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise AirflowError(
                f"Port {port} is taken by another program. Choose one: {PORT_VARIABLE}=8081 make up"
            ) from None


def _log(airflow: LocalAirflow, name: str) -> Path:
    return airflow.folder / f"{name}.log"


def _tail(file: Path, characters: int = 2000) -> str:
    return file.read_text(errors="replace")[-characters:] if file.exists() else ""


def _lock_file(airflow: LocalAirflow) -> Path:
    return airflow.folder / "supervisor.pid"


def _supervisor_pid(airflow: LocalAirflow) -> int | None:
    """Process id of the supervisor that lives, if one does; a stale file says nothing.

    0: it has only just begun, and not written it yet.
    """
    try:
        with _lock_file(airflow).open("r") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(handle.read() or 0)
    except FileNotFoundError:
        pass
    return None


@contextmanager
def _lock(airflow: LocalAirflow) -> Iterator[None]:
    with _lock_file(airflow).open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AirflowError("Another supervisor runs already.") from None
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield


if __name__ == "__main__":
    here = LocalAirflow(Settings())
    with _lock(here):
        supervise(here)

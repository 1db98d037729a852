"""`monstera airflow up` and `down`: real processes, also after a kill."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from monstera.orchestration import supervisor
from monstera.orchestration.environment import PORT_VARIABLE, USER, LocalAirflow
from monstera.settings import Settings
from monstera.warehouse.database import embedded_server


@pytest.fixture
def airflow_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_tcp_port: int
) -> Iterator[LocalAirflow]:
    """The Airflow of an empty home; stopped in the end whatever happened."""
    monkeypatch.setenv("MONSTERA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(PORT_VARIABLE, str(free_tcp_port))
    airflow = LocalAirflow(Settings())
    yield airflow
    supervisor.down(airflow)


def test_up_and_down_and_up_after_a_kill(airflow_here: LocalAirflow) -> None:
    said = json.loads(monstera("airflow", "up", "--json"))
    assert said == {"url": airflow_here.url, "user": USER, "password": airflow_here.password()}
    assert supervisor.is_up(airflow_here)
    assert token(airflow_here)
    leader = supervisor_pid(airflow_here)
    first = processes(airflow_here)
    assert len(first) > len(supervisor.COMPONENTS)
    assert json.loads(monstera("airflow", "up", "--json")) == said
    assert supervisor_pid(airflow_here) == leader, "a second up starts nothing anew"

    os.kill(leader, signal.SIGKILL)
    os.kill(embedded_server(airflow_here.settings).postmaster_pid(), signal.SIGKILL)
    time.sleep(2)
    monstera("airflow", "up")
    assert supervisor.is_up(airflow_here)
    assert not set(first) & set(processes(airflow_here)), "what was left behind is ended"

    monstera("airflow", "down")
    assert processes(airflow_here) == []
    assert not embedded_server(airflow_here.settings).is_ready()
    monstera("airflow", "down")


def test_a_taken_port_is_named_with_the_way_out(airflow_here: LocalAirflow) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", airflow_here.port))
        with pytest.raises(supervisor.AirflowError, match=f"{PORT_VARIABLE}=8081 make up"):
            supervisor.up(airflow_here)


def test_a_supervisor_that_has_not_said_its_number_yet_is_waited_for(
    airflow_here: LocalAirflow,
) -> None:
    airflow_here.folder.mkdir(parents=True)
    with (airflow_here.folder / "supervisor.pid").open("w") as just_begun:
        fcntl.flock(just_begun, fcntl.LOCK_EX)
        assert not supervisor.is_up(airflow_here)


def test_secrets_are_the_owners_alone_and_stay(airflow_here: LocalAirflow) -> None:
    environment = airflow_here.environment()
    assert environment == airflow_here.environment()
    secrets = [name for name in environment if name.endswith(("_KEY", "_SECRET"))]
    assert len(secrets) == 3
    assert len({environment[name] for name in secrets}) == 3
    for file in airflow_here.folder.iterdir():
        assert file.stat().st_mode & 0o077 == 0, file
    assert airflow_here.folder.stat().st_mode & 0o077 == 0


def monstera(*arguments: str) -> str:
    """Runs the command line as a user would, in a process of its own."""
    done = subprocess.run(
        [Path(sys.executable).parent / "monstera", *arguments],
        capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def supervisor_pid(airflow: LocalAirflow) -> int:
    """Process id of the supervisor, as its file says."""
    return int((airflow.folder / "supervisor.pid").read_text())


def token(airflow: LocalAirflow) -> str:
    """What the API gives for the login that `up` prints."""
    request = urllib.request.Request(
        f"{airflow.url}/auth/token",
        data=json.dumps({"username": USER, "password": airflow.password()}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        said: dict[str, Any] = json.load(answer)
    return str(said["access_token"])


def processes(airflow: LocalAirflow) -> list[int]:
    """Every process whose working directory is Airflow's folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(airflow.folder):
                found.append(process.pid)
        except psutil.Error:
            continue
    return sorted(found)

"""The command line on a warehouse that nobody has set up."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from monstera.warehouse.server import EmbeddedServer

MONSTERA = Path(sys.executable).with_name("monstera")


def _run(command: list[str], settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"COLUMNS": "200"} | settings
    return subprocess.run(
        [str(MONSTERA), *command], env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "command", [["status"], ["rebuild"], ["explain", "user", "u1"], ["alerts", "list"]]
)
def test_before_init_a_command_says_what_to_do(
    server: EmbeddedServer, tmp_path: Path, command: list[str]
) -> None:
    name = "nothing_for_" + command[0]
    server.create_database(name)
    settings = {"MONSTERA_WAREHOUSE_URL": server.url(name), "MONSTERA_HOME": str(tmp_path)}
    run = _run(command, settings)
    assert run.returncode == 1
    assert "run `monstera init`" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_run_sets_up_what_it_needs_and_says_what_was_refused(
    server: EmbeddedServer, tmp_path: Path
) -> None:
    server.create_database("set_up_by_a_run")
    (tmp_path / "definitions").mkdir()
    (tmp_path / "definitions" / "lifecycle.yaml").write_text("new_days: 7\n")
    settings = {
        "MONSTERA_WAREHOUSE_URL": server.url("set_up_by_a_run"),
        "MONSTERA_HOME": str(tmp_path),
        "MONSTERA_DEFINITIONS": str(tmp_path / "definitions"),
    }
    day = "2026-01-31"
    delivered = tmp_path / "landing" / "events" / f"dt={day}"
    delivered.mkdir(parents=True)
    (delivered / "a.jsonl").write_text('{"entity_id": "nobody"}\n')
    (delivered / "b.jsonl.gz").write_text("not packed")
    run = _run(["run", "--start", day, "--end", day, "--json"], settings)
    assert run.returncode == 0, run.stderr
    assert [published["as_of"] for published in json.loads(run.stdout)] == [day]
    assert "quarantine: 1, see `monstera quarantine list`" in run.stderr
    assert "files_refused: 1, see `ops.load_manifest`" in run.stderr


@pytest.mark.parametrize("address", ["warehouse.example", "sqlite:///secret"])
def test_an_address_of_no_postgres_is_wrong_usage(address: str) -> None:
    run = _run(["status"], {"MONSTERA_WAREHOUSE_URL": address})
    assert run.returncode == 2
    assert "MONSTERA_WAREHOUSE_URL: " in run.stderr
    assert address not in run.stderr


@pytest.mark.parametrize(
    "part", [["--start", "2026-01-05"], ["--start", "2026-01-05", "--end", "2026-01-04"]]
)
def test_days_that_make_no_part_of_history_are_wrong_usage(part: list[str]) -> None:
    run = _run(["rebuild", *part], {})
    assert run.returncode == 2
    assert "part of history" in run.stderr


def test_an_empty_variable_is_unset(tmp_path: Path) -> None:
    run = _run(["check"], {"MONSTERA_DEFINITIONS": "", "MONSTERA_HOME": str(tmp_path)})
    assert run.returncode == 0, run.stdout
    assert "definitions: 6 products" in run.stdout


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    run = _run(["status"], {"MONSTERA_HOME": str(tmp_path / "file" / "home")})
    assert run.returncode == 1
    assert run.stderr == f"{tmp_path}/file/home/postgres: Not a directory\n"

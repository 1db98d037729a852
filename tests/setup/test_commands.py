"""The command line on a warehouse that nobody has set up."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from monstera.warehouse.server import EmbeddedServer

MONSTERA = Path(sys.executable).with_name("monstera")


@pytest.mark.parametrize("command", [["status"], ["rebuild"], ["alerts", "list"]])
def test_before_init_a_command_says_what_to_do(
    server: EmbeddedServer, tmp_path: Path, command: list[str]
) -> None:
    name = "nothing_for_" + command[0]
    server.create_database(name)
    environment = os.environ | {
        "MONSTERA_WAREHOUSE_URL": server.url(name),
        "MONSTERA_HOME": str(tmp_path),
        "COLUMNS": "200",
    }
    run = subprocess.run(
        [str(MONSTERA), *command], env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert "run `monstera init`" in run.stderr
    assert "Traceback" not in run.stderr

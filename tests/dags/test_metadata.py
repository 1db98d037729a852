"""Airflow's own database is made ready by whoever comes first."""

import subprocess
import sys

import pytest


@pytest.mark.long
def test_several_processes_at_once_prepare_it(airflow: None) -> None:
    """As the demo's do; those who come third wait longer than Airflow itself would."""
    command = [sys.executable, "-m", "monstera.orchestration.metadata"]
    several = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    for process in several:
        _, said = process.communicate()
        assert process.returncode == 0, said

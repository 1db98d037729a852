"""The doors of the Makefile: what they say on a machine that lacks something."""

import shutil
import subprocess
from pathlib import Path

import pytest

from monstera.settings import PROJECT

TARGETS = {"setup", "demo", "up", "down", "test", "check", "lock", "clean"}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The files that `make setup` reads, and no environment."""
    for name in ("Makefile", "requirements.txt", "constraints.txt", "pyproject.toml"):
        shutil.copy(PROJECT / name, tmp_path)
    return tmp_path


def make(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Runs make; MAKEFLAGS of the make that runs the tests are not for it."""
    return subprocess.run(
        ["make", *arguments], cwd=folder, capture_output=True, text=True, check=False,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin"}, timeout=60,
    )  # fmt: skip


def python(folder: Path, script: str) -> str:
    """A stand-in for an interpreter that cannot do what it should."""
    file = folder / "python-that-lacks-something"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return f"PYTHON={file}"


def test_help_names_every_target(clone: Path) -> None:
    listed = make(clone).stdout
    assert {line.split()[1] for line in listed.splitlines()} == TARGETS | {"help"}


def test_an_old_python_is_refused_with_the_way_out(clone: Path) -> None:
    done = make(clone, "setup", python(clone, "exit 1"))
    assert done.returncode != 0
    assert "needs Python 3.11 or later" in done.stdout
    assert not (clone / ".venv").exists()


def test_a_python_without_venv_is_refused_with_the_way_out(clone: Path) -> None:
    lacking = 'case "$*" in *venv*) mkdir -p .venv/bin; exit 1;; esac'
    done = make(clone, "setup", python(clone, lacking))
    assert done.returncode != 0
    assert "apt install python3-venv" in done.stdout
    assert not (clone / ".venv").exists(), "a half-made environment would pass for a whole one"


def test_a_second_setup_does_nothing(clone: Path) -> None:
    (clone / ".venv" / "bin").mkdir(parents=True)
    (clone / ".venv" / "bin" / "uv").touch()
    (clone / ".venv" / ".installed").touch()
    assert "Nothing to be done" in make(clone, "setup").stdout


def test_the_run_on_a_bare_clone_is_make_test() -> None:
    script = PROJECT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert "exec make test" in script.read_text()

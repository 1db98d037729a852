"""`monstera load`, `quarantine` and `privacy token`, as people and scripts call them."""

import hmac
import json
import stat
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from uuid import UUID

import pytest

from .builders import KEY, Landing, event, user

Command = Callable[..., str]


@pytest.fixture
def command(
    monstera: Callable[..., CompletedProcess[str]],
    landing: Landing,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Command:
    """Runs a command on this test's warehouse, landing zone and definitions; gives what it says."""
    monkeypatch.setenv("MONSTERA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MONSTERA_WAREHOUSE_URL", landing.warehouse.url)
    monkeypatch.setenv("MONSTERA_LANDING_URI", landing.folder.as_uri())
    monkeypatch.setenv("MONSTERA_DEFINITIONS", str(tmp_path / "definitions"))

    def run(*arguments: str, text: str = "") -> str:
        done = monstera(*arguments, text=text)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def _token(key: str, id: str) -> str:
    return str(UUID(bytes=hmac.digest(key.encode(), id.encode(), "sha256")[:16]))


def test_tokens_from_arguments_and_from_standard_input(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONSTERA_PSEUDONYM_KEY", KEY)
    ids = ["u1", "Größe", "with space "]
    expected = "".join(f"{_token(KEY, id)}\n" for id in ids)
    assert command("privacy", "token", *ids) == expected
    assert command("privacy", "token", text="".join(f"{id}\n" for id in ids)) == expected


def test_the_default_key_is_made_once_and_is_the_owners_alone(
    command: Command, tmp_path: Path
) -> None:
    first = command("privacy", "token", "u1")
    assert command("privacy", "token", "u1") == first
    file = tmp_path / "home" / "pseudonym.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert first == f"{_token(file.read_text(), 'u1')}\n"


def test_load_and_quarantine(
    command: Command, landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONSTERA_PSEUDONYM_KEY", KEY)
    assert command("quarantine", "list") == "Nothing.\n"
    landing.put("users", [user()])
    landing.put("events", [event("1"), event("2", location=None), event("3", entity_id="u9")])
    landing.put("events", b"not gzip", name="bad.jsonl.gz")
    loaded = json.loads(command("load", "--json", "--until-dt", "2026-01-30"))
    assert loaded["files"] == 0
    loaded = json.loads(command("load", "--json"))
    assert (loaded["files"], loaded["accepted"], loaded["quarantined"]) == (3, 2, 2)
    assert len(loaded["refused_files"]) == 1

    groups = json.loads(command("quarantine", "list", "--json"))
    assert {tuple(group["reasons"]): group["rows"] for group in groups} == {
        ("missing_field:location",): 1,
        ("unknown_entity",): 1,
    }
    landing.put("users", [user("u9")], name="2.jsonl")
    assert json.loads(command("load", "--json"))["replayed"] == 1
    assert json.loads(command("quarantine", "replay", "--json"))["rows_read"] == 0

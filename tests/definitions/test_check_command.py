"""`monstera check`, as people and scripts call it."""

import json
from collections.abc import Callable
from functools import partial
from subprocess import CompletedProcess

import pytest

from monstera.definitions import compile_definitions, load_definitions
from monstera.warehouse import Warehouse

from .conftest import EVENTS, WriteFolder, store_an_event

Check = Callable[..., CompletedProcess[str]]


@pytest.fixture
def check(
    monstera: Check, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Check:
    """Runs `monstera check` in a home of its own."""
    monkeypatch.setenv("MONSTERA_HOME", str(tmp_path_factory.mktemp("home")))
    return partial(monstera, "check")


def test_the_example_is_fine(check: Check) -> None:
    done = check()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(" 0 errors, 0 warnings\n")


def test_warnings_exit_0(check: Check, write_folder: WriteFolder) -> None:
    done = check("--definitions", str(write_folder({})))
    assert done.returncode == 0
    assert "warning products/a.yaml:1: editor.owner: no owner\n" in done.stdout


def test_errors_exit_2(check: Check, write_folder: WriteFolder) -> None:
    folder = write_folder({"lifecycle.yaml": "grace_days: [x]\n"})
    done = check("--definitions", str(folder))
    assert done.returncode == 2
    message = "error lifecycle.yaml:1: grace_days: expected a whole number, found ['x']\n"
    assert message in done.stdout


def test_alert_rules_and_routing_are_checked_too(check: Check, write_folder: WriteFolder) -> None:
    files = {
        "lifecycle.yaml": "grace_days: [x]\n",
        "alerts/a.yaml": "- id: x\n  priority: P9\n",
        "routing.yaml": "sendr: x\n",
    }
    done = check("--definitions", str(write_folder(files)))
    assert done.returncode == 2
    for place in (
        "lifecycle.yaml:1: grace_days",
        "alerts/a.yaml:2: x.priority",
        "routing.yaml:1: sendr",
    ):
        assert f"error {place}: " in done.stdout


def test_as_json(check: Check, write_folder: WriteFolder) -> None:
    folder = write_folder({"events/a.yaml": EVENTS.replace("editor", "viewer")})
    done = check("--definitions", str(folder), "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["errors"] == [
        {
            "file": "events/a.yaml",
            "line": 2,
            "field": "video_created.product",
            "message": "unknown product viewer",
        }
    ]


def test_the_folder_comes_from_the_environment(
    check: Check, write_folder: WriteFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONSTERA_DEFINITIONS", str(write_folder({"routing.yaml": "- x\n"})))
    assert check().returncode == 2


def test_it_compares_with_the_version_in_force(
    check: Check, write_folder: WriteFolder, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = EVENTS + "  metadata: {n: {type: integer}}\n"
    with warehouse.transaction() as connection:
        folder = write_folder({"events/a.yaml": fields})
        compile_definitions(connection, load_definitions(folder))
    monkeypatch.setenv("MONSTERA_WAREHOUSE_URL", warehouse.url)
    done = check("--definitions", str(write_folder({})))
    assert done.returncode == 2
    assert "events/a.yaml:1: video_created.metadata.n: gone since the last version" in done.stdout


def test_it_refuses_another_time_zone_for_stored_events(
    check: Check, write_folder: WriteFolder, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    with warehouse.transaction() as connection:
        compile_definitions(connection, load_definitions(write_folder({})))
    monkeypatch.setenv("MONSTERA_WAREHOUSE_URL", warehouse.url)
    elsewhere = str(write_folder({"lifecycle.yaml": "business_time_zone: Asia/Kathmandu\n"}))
    assert check("--definitions", elsewhere).returncode == 0
    store_an_event(warehouse)
    done = check("--definitions", elsewhere)
    assert done.returncode == 2
    assert "lifecycle.yaml:1: business_time_zone: expected UTC as before" in done.stdout


def test_a_warehouse_out_of_reach_is_no_obstacle(
    check: Check, write_folder: WriteFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONSTERA_WAREHOUSE_URL", "postgresql://nobody@127.0.0.1:1/none")
    done = check("--definitions", str(write_folder({})))
    assert done.returncode == 0
    assert done.stderr.startswith("Not compared with the version in force: ")

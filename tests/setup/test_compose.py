"""docker-compose.yml where no Docker runs: its schema, and everything that its commands call."""

import re
import shlex
import socket
import ssl
import stat
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from monstera.cli import app
from monstera.settings import PROJECT, Settings
from monstera.warehouse.certificate import make_certificate

COMPOSE = PROJECT / "docker-compose.yml"
TEXT = COMPOSE.read_text()
STACK: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = STACK["services"]
EXAMPLE = dict(
    line.split("=", 1)
    for line in (PROJECT / ".env.example").read_text().splitlines()
    if line and not line.startswith("#")
)
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(?::([-?])([^}]*))?\}")
SECRET = re.compile(r"PASSWORD|SECRET|_KEY$")


def test_the_file_is_what_the_compose_specification_allows() -> None:
    checked = subprocess.run(
        [Path(sys.executable).parent / "check-jsonschema", "--builtin-schema",
         "vendor.compose-spec", COMPOSE],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout


def test_every_variable_is_explained_in_the_example_and_none_too_many() -> None:
    assert {name for name, _, _ in VARIABLE.findall(TEXT)} == set(EXAMPLE)


@pytest.mark.parametrize("name", sorted(EXAMPLE))
def test_a_secret_has_no_default_and_stops_the_start_where_it_is_missing(name: str) -> None:
    uses = [(kind, default) for used, kind, default in VARIABLE.findall(TEXT) if used == name]
    if SECRET.search(name):
        assert EXAMPLE[name] == ""
        assert any(kind == "?" for kind, _ in uses)
        assert not any(kind == "-" for kind, _ in uses)
    elif EXAMPLE[name]:
        assert {default for kind, default in uses if kind == "-"} == {EXAMPLE[name]}


def test_services_wait_for_what_exists_and_can_say_that_it_is_healthy() -> None:
    for name, service in SERVICES.items():
        for other, need in service.get("depends_on", {}).items():
            assert other in SERVICES, f"{name} waits for {other}"
            if need["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other]
            else:
                assert SERVICES[other]["restart"] == "no"


def test_all_that_runs_for_long_has_a_health_check() -> None:
    lasting = {name for name, service in SERVICES.items() if service.get("restart") != "no"}
    assert {name for name in lasting if "healthcheck" not in SERVICES[name]} == set()
    assert {"airflow-apiserver", "airflow-scheduler", "airflow-dag-processor"} <= lasting


def test_ports_are_open_to_this_machine_only() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_volumes_are_declared() -> None:
    used = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if volume[0].isalpha()
    }
    assert used == set(STACK["volumes"])


def test_the_image_copies_and_installs_what_exists() -> None:
    recipe = STACK["x-airflow"]["build"]["dockerfile_inline"]
    copied = [line.split()[2:-1] for line in recipe.splitlines() if line.startswith("COPY")]
    assert copied
    for name in (name for names in copied for name in names):
        assert (PROJECT / name).exists(), name
    assert f"apache/airflow:{_pinned('apache-airflow')}-" in recipe
    extras = {"apache-airflow-providers-fab", "apache-airflow-providers-celery", "redis"}
    assert all(f" {extra}" in recipe and _pinned(extra) for extra in extras)


def test_monstera_reads_every_variable_it_is_given() -> None:
    given = {
        name.removeprefix("MONSTERA_").lower()
        for name in STACK["x-airflow"]["environment"]
        if name.startswith("MONSTERA_")
    }
    assert given <= set(Settings.model_fields)
    assert {"warehouse_url", "landing_uri", "pseudonym_key"} <= given


def test_the_commands_are_commands_of_monstera() -> None:
    script = SERVICES["airflow-init"]["command"][-1]
    called = [shlex.split(part) for part in script.split("&&")]
    commands = [words[1] for words in called if words[0] == "monstera"]
    assert commands == ["init"]
    known = {command.name or command.callback.__name__ for group in app.registered_groups
             for command in group.typer_instance.registered_commands}  # fmt: skip
    assert set(commands) <= known


@pytest.mark.usefixtures("airflow")
def test_airflow_knows_every_option_and_every_command() -> None:
    from airflow.cli.cli_parser import get_parser
    from airflow.configuration import conf
    from airflow.utils.providers_configuration_loader import providers_configuration_loaded

    @providers_configuration_loaded
    def unknown_options() -> list[str]:
        known = {
            f"AIRFLOW__{section}__{option}".upper().replace(".", "_")
            for section, description in conf.configuration_description.items()
            for option in description["options"]
        }
        given = [name for name in STACK["x-airflow"]["environment"] if "__" in name]
        assert given
        return [name for name in given if name not in known and "__CELERY__" not in name]

    assert unknown_options() == []
    for service in ("airflow-apiserver", "airflow-scheduler", "airflow-dag-processor",
                    "airflow-triggerer"):  # fmt: skip
        get_parser().parse_args(shlex.split(SERVICES[service]["command"]))
    for part in SERVICES["airflow-init"]["command"][-1].split("&&"):
        words = shlex.split(part.replace("/entrypoint", ""))
        if words[0] == "airflow":
            get_parser().parse_args(words[1:])


def test_the_pool_is_the_one_that_the_tasks_ask_for(airflow: None) -> None:
    from monstera.orchestration import wiring

    script = SERVICES["airflow-init"]["command"][-1]
    assert f"airflow pools set {wiring.POOL} {wiring.POOL_SLOTS} " in script


def test_the_warehouse_is_reached_over_tls_that_proves_its_name(tmp_path: Path) -> None:
    environment = STACK["x-airflow"]["environment"]
    assert environment["MONSTERA_WAREHOUSE_URL"].endswith(
        "@warehouse:5432/monstera?sslmode=verify-full"
    )
    assert environment["PGSSLROOTCERT"] == "/certificates/server.crt"
    assert "-cssl=on" in SERVICES["warehouse"]["command"]
    rules = STACK["configs"]["pg_hba"]["content"].split("\n")
    assert [rule.split()[0] for rule in rules if rule] == ["local", "hostssl"]

    make_certificate(tmp_path, "warehouse", datetime.now(UTC))
    first = (tmp_path / "server.crt").read_text()
    make_certificate(tmp_path, "warehouse", datetime.now(UTC))
    assert (tmp_path / "server.crt").read_text() == first
    assert stat.S_IMODE((tmp_path / "server.key").stat().st_mode) == 0o600
    assert _handshake(tmp_path, "warehouse") == "TLSv1.3"
    with pytest.raises(ssl.SSLCertVerificationError):
        _handshake(tmp_path, "postgres")


def _handshake(folder: Path, expected_host: str) -> str | None:
    """The protocol that a client which trusts only this certificate agrees on with its server."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(folder / "server.crt", folder / "server.key")
    trusting = ssl.create_default_context(cafile=str(folder / "server.crt"))
    ours, theirs = socket.socketpair()

    def serve() -> None:
        try:
            serving.wrap_socket(theirs, server_side=True).close()
        except ssl.SSLError:
            theirs.close()

    server = threading.Thread(target=serve)
    server.start()
    try:
        with trusting.wrap_socket(ours, server_hostname=expected_host) as client:
            return client.version()
    finally:
        ours.close()
        server.join()


def _pinned(package: str) -> str:
    constraints = (PROJECT / "constraints.txt").read_text()
    found = re.search(rf"^{re.escape(package)}==(\S+)", constraints, re.MULTILINE)
    assert found, f"{package} is not pinned"
    return found[1]

"""What the warehouse refuses gets into the audit log, and more than ten an hour are an alert."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import CompletedProcess

import psycopg
import pytest
from sqlalchemy.engine import make_url

from alerts.conftest import SHIPPED, watch
from monstera import alerts, audit
from monstera.alerts.backtest import backtest
from monstera.definitions import compile_definitions, load_definitions
from monstera.notify.routing import routing_of
from monstera.settings import Settings
from monstera.warehouse import Warehouse
from monstera.warehouse.database import LoginRefused

REFUSED = "select subject, action, counts from ops.audit_log where outcome = 'refused' order by 1"


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def stranger(warehouse: Warehouse) -> Iterator[Warehouse]:
    """The warehouse through a login that reads what analysts read."""
    with warehouse.connect() as connection:
        connection.execute("create role stranger login in role monstera_analyst")
    yield as_somebody(warehouse, "stranger")
    with warehouse.connect() as connection:
        connection.execute("drop role stranger")


def as_somebody(warehouse: Warehouse, user: str) -> Warehouse:
    url = make_url(warehouse.url).set(username=user)
    return Warehouse(url.render_as_string(hide_password=False))


def refused(warehouse: Warehouse) -> list[tuple]:
    with warehouse.connect() as connection:
        return connection.execute(REFUSED).fetchall()


@pytest.fixture
def command(
    monstera: Callable[..., "CompletedProcess[str]"],
    warehouse: Warehouse,
    home: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., "CompletedProcess[str]"]:
    """Runs `monstera …` on the warehouse."""
    monkeypatch.setenv("MONSTERA_WAREHOUSE_URL", warehouse.url)
    monkeypatch.setenv("MONSTERA_HOME", str(home.home))
    return monstera


def test_a_refused_read_of_a_command_is_entered(
    command: Callable[..., "CompletedProcess[str]"],
    warehouse: Warehouse,
    stranger: Warehouse,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MONSTERA_WAREHOUSE_URL", stranger.url)
    done = command("quarantine", "list")
    assert (done.returncode, refused(warehouse)) == (1, [("bronze", "warehouse.access", {})])
    assert "permission denied for schema bronze" in done.stderr


def test_a_refused_login_is_kept_until_somebody_is_let_in(
    warehouse: Warehouse, home: Settings
) -> None:
    """Three attempts of a login that does not exist are one entry that stands for three."""
    nobody = as_somebody(warehouse, "nobody_of_that_name")
    for _ in range(3):
        with pytest.raises(LoginRefused) as error:
            nobody.connect()
        assert audit.note_refusal(error.value, nobody, home)
    assert refused(warehouse) == []
    for entered in (3, 0):
        assert audit.enter_kept(warehouse, home) == entered
    assert refused(warehouse) == [(None, "warehouse.log_in", {"times": 3})]


def test_who_may_not_even_write_that_down_is_kept_too(
    warehouse: Warehouse, stranger: Warehouse, home: Settings
) -> None:
    with warehouse.connect() as connection:
        connection.execute("revoke monstera_analyst from stranger")
    with pytest.raises(psycopg.errors.InsufficientPrivilege) as error, stranger.connect() as theirs:
        theirs.execute("select from gold.events_daily")
    assert audit.note_refusal(error.value, stranger, home)
    assert audit.enter_kept(warehouse, home) == 1


def test_other_errors_are_no_refusals(warehouse: Warehouse, home: Settings) -> None:
    wrapped = RuntimeError("of a task")
    wrapped.__cause__ = ValueError("wrong")
    assert not audit.note_refusal(wrapped, warehouse, home)
    assert not audit.note_refusal(None, warehouse, home)


def test_more_than_ten_refusals_an_hour_of_one_principal_are_one_incident(
    warehouse: Warehouse,
) -> None:
    """Ada is refused eleven times, Bob ten times: one incident, of Ada's pseudonym, for an hour.

    The replay of the day sees the same incident.
    """
    definitions = load_definitions(SHIPPED)
    with warehouse.connect() as connection:
        compile_definitions(connection, definitions)
        for who, times in {"ada": 11, "bob": 10}.items():
            for _ in range(times):
                audit.append(connection, audit.ACCESS, who=who, outcome="refused")
        audit.append(connection, "alerts.silence", who="bob")
        (ada,) = connection.execute("select ops.audit_principal('ada')::text").fetchone() or ()
    now = datetime.now(UTC)
    report = watch(warehouse, definitions, now)
    incident = f'access_denied_spike{{"principal":"{ada}"}}'
    assert report.fired == [incident]
    again = watch(warehouse, definitions, now + timedelta(minutes=5))
    assert (again.fired, again.resolved) == ([], [])
    with warehouse.connect() as connection:
        told = connection.execute(
            "select distinct priority, payload ->> 'title', payload ->> 'sentence'"
            " from ops.notification_outbox"
        ).fetchall()
    ((priority, title, sentence),) = told
    assert (priority, title) == ("P0", "Access refused 11 times within an hour")
    assert sentence.startswith(f"The principal {ada} was refused reads or logins 11 times")
    over = watch(warehouse, definitions, now + timedelta(minutes=61))
    assert over.resolved == [incident]

    rule = alerts.rules_of(definitions)["access_denied_spike"]
    today = now.date()
    played = backtest(
        warehouse, {rule.id: rule}, routing_of(definitions), today,
        today + timedelta(days=1), UTC,  # type: ignore[arg-type]
    )  # fmt: skip
    assert [dict(e.labels) for e in played.replays[rule.id].episodes] == [{"principal": ada}]


def test_commands_show_and_verify_the_log(
    command: Callable[..., "CompletedProcess[str]"], warehouse: Warehouse
) -> None:
    with warehouse.connect() as connection:
        for who in ("ada", "bob"):
            audit.append(connection, "alerts.silence", who=who, subject=3)
    listed = json.loads(command("audit", "list", "--who", "ada", "--json").stdout)
    assert [(row["entry"], row["action"], row["subject"]) for row in listed] == [
        (1, "alerts.silence", "3")
    ]
    head = f"2:{'0' * 64}"
    broken = command("audit", "verify", "--head", head)
    assert (broken.returncode, "entry 2: is not the one" in broken.stderr) == (1, True)

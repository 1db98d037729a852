"""`make demo`: killed in the middle, taken up again, and once more when all is there."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from monstera.demo.company import DAYS_ONE_BY_ONE
from monstera.settings import Settings
from monstera.warehouse.database import embedded_server, open_warehouse

pytestmark = pytest.mark.long

PUBLISHED = "select as_of, count(*) from ops.publications group by as_of order by as_of"
JUDGED = """
select data_date
from ops.alert_evaluations
where rule_id = 'events_volume_deviation' and segment = '{}'
order by 1
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("MONSTERA_HOME", str(tmp_path / "home"))
    yield tmp_path / "home"
    embedded_server(Settings()).stop("immediate")


def demo() -> "subprocess.Popen[str]":
    """The command, as the leader of a group of processes."""
    return subprocess.Popen(
        [sys.executable, "-c", "from monstera.cli import main; main()", "demo"],
        stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def rows(query: str) -> list[tuple[Any, ...]]:
    with open_warehouse(Settings()).connect() as connection:
        return connection.execute(query).fetchall()


def test_a_killed_demo_is_taken_up_where_it_was(home: Path) -> None:
    killed = demo()
    marker = home / "airflow" / "demo-alerts.log"
    while not marker.exists():  # written when the eleven months begin
        assert killed.poll() is None
        time.sleep(1)
    time.sleep(40)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()

    again = demo()
    said, _ = again.communicate()
    assert again.returncode == 0, said
    for part in ("Accounts by state", "Corrected after late data", "Alerts", "make up"):
        assert part in said

    published = rows(PUBLISHED)
    assert len(published) == 1 + DAYS_ONE_BY_ONE
    assert {times for _, times in published} == {1}
    assert rows(JUDGED) == [(day,) for day, _ in published], "each day is judged, and once"
    mails = list((home / "mails").glob("*.eml"))
    assert mails
    for mail in mails:
        read = message_from_bytes(mail.read_bytes(), policy=policy.default)
        assert read["subject"]
        assert read.get_body(("plain",))
        assert read.get_body(("html",))

    once_more = demo()
    once_more.communicate()
    assert once_more.returncode == 0
    assert rows(PUBLISHED) == published
    assert len(list((home / "mails").glob("*.eml"))) == len(mails)

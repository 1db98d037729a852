"""`monstera alerts …` from outside, on a warehouse with an incident."""

import json
import os
import subprocess
import sys
from datetime import date

import pytest

MONDAY = date(2026, 1, 5)


@pytest.fixture
def monstera(days, tmp_path):
    days.run(MONDAY, 0.9)
    environment = {
        **os.environ,
        "MONSTERA_WAREHOUSE_URL": days.warehouse.url,
        "MONSTERA_DEFINITIONS": str(tmp_path / "definitions"),
        "MONSTERA_HOME": str(tmp_path / "home"),
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from monstera.cli import main; main()", "alerts", *arguments],
            env=environment, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    return run


def test_what_fires_is_listed_and_can_be_taken_over(monstera, days) -> None:
    (incident,) = json.loads(monstera("list", "--json").stdout)
    assert (incident["rule"], incident["priority"], incident["since"], incident["flags"]) == (
        "compliance_low", "P1", "2026-01-05", None,
    )  # fmt: skip
    number = str(incident["incident"])
    assert monstera("ack", number, "--by", "ada").returncode == 0
    assert monstera("verdict", number, "true_positive", "--by", "ada").returncode == 0
    shown = json.loads(monstera("show", number, "--json").stdout)
    assert (shown["acknowledged_by"], shown["verdict"]) == ("ada", "true_positive")
    assert shown["flags"] == "acknowledged, true_positive"
    entered = "select action, subject, principal = ops.audit_principal('ada') from ops.audit_log"
    assert days.fetch(entered) == [
        ("alerts.acknowledge", number, True), ("alerts.judge", number, True),
    ]  # fmt: skip


def test_a_day_is_evaluated_in_silence_unless_asked(monstera, days) -> None:
    tuesday = date(2026, 1, 6)
    days.mark_sent()
    days.value("events_compliance_daily", tuesday, 0.99)
    days.publish(tuesday)
    done = json.loads(monstera("evaluate", "--date", "2026-01-06", "--json").stdout)
    assert (done["resolved"], done["messages"]) == (["compliance_low"], 0)
    done = json.loads(monstera("evaluate", "--date", "2026-01-06", "--notify", "--json").stdout)
    assert (done["known"], done["messages"] > 0) == (1, True)  # the resolve is owed


def test_what_is_not_there_is_said(monstera) -> None:
    for arguments in (("ack", "99"), ("show", "99"), ("verdict", "99", "expected")):
        done = monstera(*arguments)
        assert done.returncode == 1
        assert "incident 99" in done.stderr


def test_a_silence(monstera, days) -> None:
    done = monstera("silence", "--rule", "compliance_low", "--for", "2d", "--reason", "migration",
                    "--segment", "country=DE", "--by", "ada")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert days.fetch(
        "select rule_id, segment, author, reason, ends_at - starts_at = interval '2 days'"
        " from ops.alert_silences"
    ) == [("compliance_low", {"country": "DE"}, "ada", "migration", True)]
    assert monstera("silence", "--for", "8d", "--reason", "x").returncode == 1
    assert monstera("silence", "--for", "soon", "--reason", "x").returncode == 2


def test_the_rules_test_themselves(monstera, tmp_path) -> None:
    assert monstera("test").returncode == 0
    rules = tmp_path / "definitions" / "alerts" / "rules.yaml"
    rules.write_text(rules.read_text().replace("0.95", "0.85"))
    done = monstera("test", "--json")
    assert done.returncode == 1
    (record,) = json.loads(done.stdout)
    assert record["failures"] == ["tests[0]: step 1: expected firing, was inactive"]


def test_a_backtest_says_what_would_have_been(monstera) -> None:
    done = monstera("backtest", "--from", "2026-01-01", "--to", "2026-01-05", "--json")
    found = json.loads(done.stdout)
    assert (found["messages"], found["messages_a_week"]) == (1, 1.4)  # one in five days
    (rule,) = found["rules"]
    assert (rule["incidents"], rule["firing_days"], rule["judged"]) == (1, 1, 5)
    assert rule["episodes"][0]["opened_on"] == "2026-01-05"
    shown = monstera("backtest", "--from", "2026-01-01", "--to", "2026-01-05").stdout
    assert "▲" in shown
    assert "1 messages, 1.4 a week" in shown


def test_the_report_shows_response_times_and_verdicts(monstera) -> None:
    monstera("verdict", "1", "true_positive", "--by", "ada")
    found = json.loads(monstera("report", "--json").stdout)
    assert [row["priority"] for row in found["responses"]] == ["P1"]
    assert found["rules"][0]["true_positives"] == 1

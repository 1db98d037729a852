"""`monstera alerts …` on a warehouse with an incident."""

import json
from datetime import date
from functools import partial

import pytest

MONDAY = date(2026, 1, 5)


@pytest.fixture
def command(monstera, days, tmp_path, monkeypatch):
    """Runs `monstera alerts …` on a warehouse with an incident."""
    days.run(MONDAY, 0.9)
    monkeypatch.setenv("MONSTERA_WAREHOUSE_URL", days.warehouse.url)
    monkeypatch.setenv("MONSTERA_DEFINITIONS", str(tmp_path / "definitions"))
    monkeypatch.setenv("MONSTERA_HOME", str(tmp_path / "home"))
    return partial(monstera, "alerts")


def test_what_fires_is_listed_and_can_be_taken_over(command, days) -> None:
    (incident,) = json.loads(command("list", "--json").stdout)
    assert (incident["rule"], incident["priority"], incident["since"], incident["flags"]) == (
        "compliance_low", "P1", "2026-01-05", None,
    )  # fmt: skip
    number = str(incident["incident"])
    assert command("ack", number, "--by", "ada").returncode == 0
    assert command("verdict", number, "true_positive", "--by", "ada").returncode == 0
    shown = json.loads(command("show", number, "--json").stdout)
    assert (shown["acknowledged_by"], shown["verdict"]) == ("ada", "true_positive")
    assert shown["flags"] == "acknowledged, true_positive"
    entered = "select action, subject, principal = ops.audit_principal('ada') from ops.audit_log"
    assert days.fetch(entered) == [
        ("alerts.acknowledge", number, True), ("alerts.judge", number, True),
    ]  # fmt: skip


def test_a_day_is_evaluated_in_silence_unless_asked(command, days) -> None:
    tuesday = date(2026, 1, 6)
    days.mark_sent()
    days.value("events_compliance_daily", tuesday, 0.99)
    days.publish(tuesday)
    done = json.loads(command("evaluate", "--date", "2026-01-06", "--json").stdout)
    assert (done["resolved"], done["messages"]) == (["compliance_low"], 0)
    done = json.loads(command("evaluate", "--date", "2026-01-06", "--notify", "--json").stdout)
    assert (done["known"], done["messages"] > 0) == (1, True)  # the resolve is owed
    too_late = command("evaluate", "--date", "2026-01-07")
    assert too_late.returncode == 2
    assert "2026-01-07 is after" in too_late.stderr


def test_what_is_not_there_is_said(command) -> None:
    for arguments in (("ack", "99"), ("show", "99"), ("verdict", "99", "expected")):
        done = command(*arguments)
        assert done.returncode == 1
        assert "incident 99" in done.stderr


def test_a_silence(command, days) -> None:
    done = command("silence", "--rule", "compliance_low", "--for", "2d", "--reason", "migration",
                    "--segment", "country=DE", "--by", "ada")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert days.fetch(
        "select rule_id, segment, author, reason, ends_at - starts_at = interval '2 days'"
        " from ops.alert_silences"
    ) == [("compliance_low", {"country": "DE"}, "ada", "migration", True)]
    assert command("silence", "--for", "8d", "--reason", "x").returncode == 1
    assert command("silence", "--for", "soon", "--reason", "x").returncode == 2
    done = command("silence", "--rule", "complience_low", "--reason", "x")
    assert done.returncode == 2
    assert "no rule is called complience_low" in done.stderr


def test_the_rules_test_themselves(command, tmp_path) -> None:
    assert command("test").returncode == 0
    rules = tmp_path / "definitions" / "alerts" / "rules.yaml"
    rules.write_text(rules.read_text().replace("0.95", "0.85"))
    done = command("test", "--json")
    assert done.returncode == 1
    (record,) = json.loads(done.stdout)
    assert record["failures"] == ["tests[0]: step 1: expected firing, was inactive"]


def test_a_backtest_says_what_would_have_been(command) -> None:
    done = command("backtest", "--from", "2026-01-01", "--to", "2026-01-05", "--json")
    found = json.loads(done.stdout)
    assert (found["messages"], found["messages_a_week"]) == (1, 1.4)  # one in five days
    (rule,) = found["rules"]
    assert (rule["incidents"], rule["firing_days"], rule["judged"]) == (1, 1, 5)
    assert rule["episodes"][0]["opened_on"] == "2026-01-05"
    shown = command("backtest", "--from", "2026-01-01", "--to", "2026-01-05").stdout
    assert "▲" in shown
    assert "1 messages, 1.4 a week" in shown


def test_the_report_shows_response_times_and_verdicts(command) -> None:
    command("verdict", "1", "true_positive", "--by", "ada")
    found = json.loads(command("report", "--json").stdout)
    assert [row["priority"] for row in found["responses"]] == ["P1"]
    assert found["rules"][0]["true_positives"] == 1

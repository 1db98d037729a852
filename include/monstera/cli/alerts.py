"""Commands about alerts: what fires, what the rules say, and what people do about it."""

import getpass
import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer

from monstera import alerts
from monstera.alerts.cases import failed_cases
from monstera.alerts.incidents import Incident, find_incidents
from monstera.cli import backtest
from monstera.cli.context import (
    AsJson,
    DefinitionsFolder,
    print_record,
    print_records,
    published_day,
    read_definitions,
    warehouse,
)
from monstera.cli.exit_codes import FAILED

DURATION = re.compile(r"(\d+)(m|h|d)")
UNITS = {"m": "minutes", "h": "hours", "d": "days"}

commands = typer.Typer()
alert_commands = typer.Typer(no_args_is_help=True, help=__doc__.partition(":")[0] + ".")
commands.add_typer(alert_commands, name="alerts")
alert_commands.add_typer(backtest.commands)

IncidentId = Annotated[int, typer.Argument(metavar="INCIDENT", help="Number of the incident.")]
By = Annotated[str, typer.Option(help="Who does it.", default_factory=getpass.getuser)]


class Verdict(StrEnum):
    """Whether an incident was what it claimed to be."""

    TRUE_POSITIVE = "true_positive"
    FALSE_POSITIVE = "false_positive"
    EXPECTED = "expected"


@alert_commands.command("list")
def list_incidents(
    history: Annotated[bool, typer.Option("--all", help="Resolved ones too.")] = False,
    as_json: AsJson = False,
) -> None:
    """The incidents that are open, the most important first."""
    with warehouse().connect() as connection:
        incidents = find_incidents(connection, resolved_too=history)
    if as_json:
        print_records([_summary(incident) for incident in incidents], as_json)
    elif incidents:
        print_records([_line(incident) for incident in incidents], as_json)
    else:
        typer.echo("Nothing fires.")


@alert_commands.command()
def show(incident_id: IncidentId, as_json: AsJson = False) -> None:
    """Everything about one incident."""
    with warehouse().connect() as connection:
        found = find_incidents(connection, resolved_too=True, incident_id=incident_id)
    if not found:
        raise alerts.HandlingError(f"There is no incident {incident_id}.")
    print_record({**_summary(found[0]), **_details(found[0])}, as_json)


@alert_commands.command()
def test(
    definitions: DefinitionsFolder = None,
    rule: Annotated[str | None, typer.Option(help="Only this rule.")] = None,
    as_json: AsJson = False,
) -> None:
    """Play the test cases of the rules; exit code 1 where one does not turn out as declared."""
    rules = alerts.parsed_rules(read_definitions(definitions))
    backtest.refuse_unknown(rule, rules)
    records = [
        {
            "rule": tested.id,
            "cases": len(tested.tests),
            "failures": [f"tests[{f.case}]: {f.message}" for f in failed_cases(tested)],
        }
        for tested in rules.values()
        if rule in {None, tested.id}
    ]
    print_records(records, as_json)
    if any(record["failures"] for record in records):
        raise typer.Exit(FAILED)


@alert_commands.command()
def evaluate(
    day: Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD")],
    notify: Annotated[bool, typer.Option(help="Tell what is owed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Judge the rules on a published day, in silence unless asked; what was judged stays."""
    report = alerts.evaluate(
        warehouse(), read_definitions(), published_day(day), datetime.now(UTC), notify=notify
    )
    print_record({**report.counts(), "fired": report.fired, "resolved": report.resolved}, as_json)
    report.check()


@alert_commands.command()
def ack(incident_id: IncidentId, by: By, as_json: AsJson = False) -> None:
    """Take an open incident over; its reminders end."""
    alerts.acknowledge(warehouse(), incident_id, by, datetime.now(UTC))
    print_record({"incident": incident_id, "acknowledged_by": by}, as_json)


@alert_commands.command()
def silence(
    reason: Annotated[str, typer.Option(help="Why.")],
    by: By,
    rule: Annotated[str | None, typer.Option(help="The rule; by default every rule.")] = None,
    segment: Annotated[
        list[str] | None, typer.Option(help="Label that an alert must have, as key=value.")
    ] = None,
    lasting: Annotated[
        str, typer.Option("--for", help="How long: 30m, 4h, 2d; at most 7d.")
    ] = "4h",
    as_json: AsJson = False,
) -> None:
    """Hold the messages of matching alerts back; what still fires afterwards is told then."""
    now = datetime.now(UTC)
    duration = _duration(lasting)
    backtest.refuse_unknown(rule, alerts.parsed_rules(read_definitions()))
    silence_id = alerts.silence(
        warehouse(),
        rule_id=rule,
        segment=dict(_label(text) for text in segment or ()),
        lasting=duration,
        who=by,
        reason=reason,
        now=now,
    )
    print_record({"silence": silence_id, "ends_at": now + duration}, as_json)


@alert_commands.command()
def verdict(incident_id: IncidentId, verdict: Verdict, by: By, as_json: AsJson = False) -> None:
    """Say whether an incident was what it claimed to be."""
    alerts.judge(warehouse(), incident_id, verdict.value, by, datetime.now(UTC))
    print_record({"incident": incident_id, "verdict": verdict.value, "verdict_by": by}, as_json)


def _line(incident: Incident) -> dict[str, Any]:
    """What fits a terminal's width."""
    labels = ", ".join(incident.segment.values())
    return {
        "no": incident.incident_id,
        "prio": incident.priority,
        "rule": f"{incident.rule_id}\n{labels}" if labels else incident.rule_id,
        "since": incident.opened_on,
        "until": incident.resolved_on,
        "flags": ", ".join(_flags(incident)) or None,
    }


def _summary(incident: Incident) -> dict[str, Any]:
    return {
        "incident": incident.incident_id,
        "priority": incident.priority,
        "rule": incident.rule_id,
        "segment": incident.segment or None,
        "owner": incident.owner,
        "since": incident.opened_on,
        "until": incident.resolved_on,
        "value": incident.value,
        "threshold": incident.threshold,
        "flags": ", ".join(_flags(incident)) or None,
    }


def _details(incident: Incident) -> dict[str, Any]:
    return {
        "baseline": incident.baseline,
        "peak_value": incident.peak_value,
        "facts": incident.facts or None,
        "opened_at": incident.opened_at,
        "notified_at": incident.notified_at,
        "resolved_at": incident.resolved_at,
        "resolved_because": incident.resolved_because,
        "acknowledged_by": incident.acknowledged_by,
        "inhibited_by": incident.inhibited_by,
        "silenced_by": incident.silenced_by,
        "verdict": incident.verdict,
        "runbook": incident.runbook,
    }


def _flags(incident: Incident) -> list[str]:
    flags = {
        "acknowledged": incident.acknowledged_at,
        "silenced": incident.silenced_by,
        "inhibited": incident.inhibited_by,
        "flapping": incident.is_flapping,
        incident.verdict: incident.verdict,
    }
    return [str(name) for name, is_set in flags.items() if is_set]


def _duration(text: str) -> timedelta:
    match = DURATION.fullmatch(text)
    if match is None:
        raise typer.BadParameter(f"expected a time such as 30m, 4h or 2d, found {text}")
    return timedelta(**{UNITS[match[2]]: int(match[1])})


def _label(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not separator:
        raise typer.BadParameter(f"expected key=value, found {text}")
    return key, value

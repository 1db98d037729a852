"""Runs that failed: what Airflow's callbacks write down, and nothing more.

They use the definitions in force in the warehouse, so that a failure is told even when the
definition files are what is broken.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from monstera.alerts.check import rules_in_document
from monstera.alerts.conditions import Judgement, Pipeline
from monstera.alerts.incidents import alerting, open_incidents
from monstera.alerts.moves import Step, take_step
from monstera.alerts.notifications import settle
from monstera.alerts.observations import Observation
from monstera.alerts.rules import Rule
from monstera.alerts.states import Outcome
from monstera.definitions import previous_document
from monstera.notify.routing import Routing, routing_in_document
from monstera.warehouse import Warehouse


def record_failure(
    warehouse: Warehouse,
    *,
    dag_id: str,
    task_id: str | None,
    run_id: str,
    logical_date: datetime | None,
    now: datetime,
) -> list[str]:
    """A task (None: a whole run) has failed for good.

    Opens an incident and writes who has to be told, both in one transaction; sending is somebody
    else's work. Another failure of the same task belongs to the same incident.

    Returns:
        Fingerprints of the incidents that began.
    """
    labels = {"dag": dag_id} if task_id is None else {"dag": dag_id, "task": task_id}
    facts = {"run": run_id, "logical_date": logical_date and logical_date.isoformat()}
    with alerting(warehouse) as connection:
        rules, routing, zone = _in_force(connection)
        observation = Observation(
            labels=labels,
            evaluated_for=now,
            data_date=now.astimezone(zone).date(),
            value=None,
            facts={name: text for name, text in facts.items() if text},
        )
        steps = [
            _take(connection, rule, observation, Outcome.BREACH, now) for rule in _pipeline(rules)
        ]
        settle(connection, rules, routing, now)
    return [step.fingerprint for step in steps if step is not None and step.opened]


def record_success(
    warehouse: Warehouse,
    *,
    dag_id: str,
    task_id: str | None = None,
    run_id: str,
    logical_date: datetime | None,
    now: datetime,
) -> list[str]:
    """A task (None: a whole run) has succeeded: ends the incidents that its failures opened.

    A run for an earlier date than the one that failed ends nothing.

    Returns:
        Fingerprints of the incidents that ended.
    """
    with alerting(warehouse) as connection:
        meant = [
            incident
            for incident in open_incidents(connection)
            if incident.segment.get("dag") == dag_id
            and task_id in {None, incident.segment.get("task")}
            and not _is_earlier(logical_date, incident.facts.get("logical_date"))
        ]
        if not meant:
            return []
        rules, routing, zone = _in_force(connection)
        steps: list[Step | None] = []
        for incident in meant:
            rule = rules.get(incident.rule_id)
            if rule is not None and isinstance(rule.condition, Pipeline):
                observation = Observation(
                    labels=incident.segment,
                    evaluated_for=now,
                    data_date=now.astimezone(zone).date(),
                    value=None,
                    facts={"run": run_id},
                )
                steps.append(_take(connection, rule, observation, Outcome.CLEAR, now))
        settle(connection, rules, routing, now)
    return [step.fingerprint for step in steps if step is not None and step.resolved]


def _in_force(
    connection: "psycopg.Connection[Any]",
) -> tuple[dict[str, Rule], Routing, ZoneInfo]:
    document = previous_document(connection) or {}
    lifecycle = document.get("lifecycle", {}).get("lifecycle", {})
    zone = ZoneInfo(lifecycle.get("business_time_zone", "UTC"))
    return rules_in_document(document), routing_in_document(document), zone


def _pipeline(rules: dict[str, Rule]) -> list[Rule]:
    return [rule for rule in rules.values() if isinstance(rule.condition, Pipeline)]


def _take(
    connection: "psycopg.Connection[Any]",
    rule: Rule,
    observation: Observation,
    outcome: Outcome,
    now: datetime,
) -> Step | None:
    judgement = Judgement(outcome, detail=f"run {observation.facts.get('run')}")
    return take_step(connection, rule, observation, judgement, rule.priority, now=now, live=True)


def _is_earlier(logical_date: datetime | None, failed: str | None) -> bool:
    return (
        logical_date is not None and failed is not None
        and logical_date < datetime.fromisoformat(failed)
    )  # fmt: skip

"""Incidents as they are kept: one continuous firing of one rule on one segment each."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import class_row

from monstera.alerts.rules import Priority, Rule
from monstera.alerts.states import State
from monstera.warehouse import Warehouse

ROLE = "monstera_alerter"
LOCK = "monstera.alerts"
CYCLES_A_DAY = 3
"""How often a day an alert may fire before it is flapping."""


@dataclass(frozen=True)
class Incident:
    """One continuous firing of one rule on one segment; a row of `ops.alert_incidents`."""

    incident_id: int
    fingerprint: str
    rule_id: str
    segment: dict[str, str]
    owner: str
    priority: Priority
    runbook: str
    opened_at: datetime
    opened_on: date
    last_seen_at: datetime
    last_seen_on: date
    resolved_at: datetime | None
    resolved_on: date | None
    resolved_value: Decimal | None
    value: Decimal | None
    peak_value: Decimal | None
    baseline: Decimal | None
    threshold: Decimal | None
    population: Decimal | None
    facts: dict[str, Any]
    is_live: bool
    notified_at: datetime | None
    last_notified_at: datetime | None
    resolve_notified_at: datetime | None
    reminders: int
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    silenced_by: int | None
    inhibited_by: str | None
    verdict: str | None
    verdict_by: str | None
    verdict_at: datetime | None
    cycles: int = 1
    resolved_because: str | None = None
    resolved_threshold: Decimal | None = None

    @property
    def is_flapping(self) -> bool:
        """Whether it has come and gone too often within a day to be told each time."""
        return self.cycles > CYCLES_A_DAY

    @property
    def name(self) -> str:
        """Names it to the outside: fingerprint and opening time."""
        return f"{self.fingerprint}@{self.opened_at.isoformat()}"


def rule_of(incident: Incident, rules: Mapping[str, Rule]) -> Rule | None:
    """The rule of an incident; None: it is gone, or reads other metrics or segments now."""
    rule = rules.get(incident.rule_id)
    return rule if rule is not None and rule.speaks_of(incident.segment) else None


@contextmanager
def alerting(warehouse: Warehouse) -> Iterator["psycopg.Connection[Any]"]:
    """One transaction in which nobody else changes alerts."""
    with warehouse.transaction(ROLE) as connection:
        connection.execute("select pg_advisory_xact_lock(hashtext(%s))", [LOCK])
        yield connection


_END_WITHOUT_RULE = """
with ended as (
    update ops.alert_incidents
    set resolved_at = %(now)s, resolved_on = last_seen_on, resolved_because = 'rule_gone'
    where incident_id = any(%(incidents)s)
    returning fingerprint
)

update ops.alert_states
set state = 'resolved', streak = 0, incident_id = null, updated_at = %(now)s
where fingerprint in (select fingerprint from ended)
returning fingerprint
"""


def end_without_rule(
    connection: "psycopg.Connection[Any]", rules: Mapping[str, Rule], now: datetime
) -> list[str]:
    """Ends the incidents that no rule of the definitions speaks of any more; their fingerprints."""
    left = [
        incident.incident_id
        for incident in open_incidents(connection)
        if rule_of(incident, rules) is None
    ]
    ended = connection.execute(_END_WITHOUT_RULE, {"incidents": left, "now": now})
    return [fingerprint for (fingerprint,) in ended]


_OPEN_INCIDENTS = "select * from ops.alert_incidents where resolved_at is null order by incident_id"
_RESOLVE_OWED = """
select * from ops.alert_incidents
where resolved_at is not null and notified_at is not null and resolve_notified_at is null
order by incident_id
"""


def open_incidents(connection: "psycopg.Connection[Any]") -> list[Incident]:
    """Every incident that has not resolved."""
    return _incidents(connection, _OPEN_INCIDENTS)


def incidents_to_end(connection: "psycopg.Connection[Any]") -> list[Incident]:
    """Incidents that were told and have resolved, of whose end nobody was told yet."""
    return _incidents(connection, _RESOLVE_OWED)


def _incidents(
    connection: "psycopg.Connection[Any]", query: str, **parameters: object
) -> list[Incident]:
    with connection.cursor(row_factory=class_row(Incident)) as cursor:
        return cursor.execute(query, parameters).fetchall()


_FIND = """
select * from ops.alert_incidents
where (resolved_at is null or %(resolved_too)s)
    and incident_id = coalesce(%(incident_id)s::bigint, incident_id)
order by resolved_at is not null, resolved_at desc, priority, incident_id
"""


def find_incidents(
    connection: "psycopg.Connection[Any]", *, resolved_too: bool, incident_id: int | None = None
) -> list[Incident]:
    """Incidents, open ones first and by priority; `incident_id`: only that one."""
    return _incidents(connection, _FIND, resolved_too=resolved_too, incident_id=incident_id)


def standing_states(connection: "psycopg.Connection[Any]") -> Mapping[str, State]:
    """The state of everything that has an open incident, by fingerprint."""
    query = "select fingerprint, state from ops.alert_states where incident_id is not null"
    return {name: State(state) for name, state in connection.execute(query)}

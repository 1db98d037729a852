"""One evaluation written down: the state it leads to, the evaluation itself, and the incident."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from monstera.alerts.conditions import Judgement
from monstera.alerts.observations import Observation, fingerprint
from monstera.alerts.rules import Priority, Rule
from monstera.alerts.states import Outcome, Standing, State, advance
from monstera.warehouse.database import one_row


@dataclass(frozen=True)
class Step:
    """What one evaluation changed."""

    fingerprint: str
    before: State
    after: State

    @property
    def opened(self) -> bool:
        """Whether an incident began."""
        return self.after.is_open and not self.before.is_open

    @property
    def resolved(self) -> bool:
        """Whether an incident ended."""
        return self.before.is_open and not self.after.is_open


_STANDING = """
select state, streak, evaluated_for, incident_id from ops.alert_states where fingerprint = %s
"""

_KEEP_STANDING = """
insert into ops.alert_states (
    fingerprint, rule_id, segment, state, streak, evaluated_for, incident_id, updated_at
)
values (
    %(fingerprint)s, %(rule_id)s, %(segment)s, %(state)s, %(streak)s, %(judged_for)s,
    %(incident_id)s, %(now)s
)
on conflict (fingerprint) do update set
    state = excluded.state,
    streak = excluded.streak,
    evaluated_for = excluded.evaluated_for,
    incident_id = excluded.incident_id,
    updated_at = excluded.updated_at
"""

_KEEP_EVALUATION = """
insert into ops.alert_evaluations (
    fingerprint, rule_id, segment, evaluated_for, data_date, outcome, state, priority, value,
    baseline, threshold, detail, is_of_clock, evaluated_at
)
values (
    %(fingerprint)s, %(rule_id)s, %(segment)s, %(evaluated_for)s, %(data_date)s, %(outcome)s,
    %(state)s, %(priority)s, %(value)s, %(baseline)s, %(threshold)s, %(detail)s, %(is_of_clock)s,
    %(now)s
)
on conflict (fingerprint, evaluated_for) do update set
    outcome = excluded.outcome,
    state = excluded.state,
    priority = excluded.priority,
    value = excluded.value,
    baseline = excluded.baseline,
    threshold = excluded.threshold,
    detail = excluded.detail,
    evaluated_at = excluded.evaluated_at
where alert_evaluations.outcome = 'error'
"""

_OPEN = """
insert into ops.alert_incidents (
    fingerprint, rule_id, segment, owner, priority, runbook, opened_at, opened_on, last_seen_at,
    last_seen_on, value, peak_value, baseline, threshold, population, facts, is_live, cycles
)
values (
    %(fingerprint)s, %(rule_id)s, %(segment)s, %(owner)s, %(priority)s, %(runbook)s, %(now)s,
    %(data_date)s, %(now)s, %(data_date)s, %(value)s, %(value)s, %(baseline)s, %(threshold)s,
    %(population)s, %(facts)s, %(live)s,
    (
        select count(*) + 1 from ops.alert_incidents
        where fingerprint = %(fingerprint)s and opened_at > %(now)s - interval '1 day'
            and opened_on >= %(data_date)s::date - 1  -- days that are made up for are no cycles
    )
)
returning incident_id
"""

_SEE_AGAIN = """
update ops.alert_incidents
set priority = least(priority, %(priority)s),
    last_seen_at = %(now)s,
    last_seen_on = %(data_date)s,
    value = %(value)s,
    peak_value = case
        when abs(%(value)s::numeric - %(threshold)s::numeric) >= abs(peak_value - threshold)
            then %(value)s::numeric
        else coalesce(peak_value, %(value)s::numeric)
    end,
    baseline = %(baseline)s,
    threshold = %(threshold)s,
    population = %(population)s,
    facts = %(facts)s
where incident_id = %(incident_id)s
"""

_RESOLVE = """
update ops.alert_incidents
set resolved_at = %(now)s, resolved_on = %(data_date)s, resolved_value = %(value)s,
    resolved_threshold = %(threshold)s, resolved_because = %(resolved_because)s,
    population = %(population)s
where incident_id = %(incident_id)s
"""

_MAKE_LIVE = """
update ops.alert_incidents
set is_live = true
where fingerprint = %s and resolved_at is null and not is_live
"""


def take_step(
    connection: "psycopg.Connection[Any]",
    rule: Rule,
    observation: Observation,
    judgement: Judgement,
    priority: Priority,
    *,
    now: datetime,
    live: bool,
) -> Step | None:
    """Moves a rule on a segment by one evaluation, and its incident with it.

    Returns:
        What changed; None where this moment or a later one was evaluated before: then nothing
        is written, but that an open incident is now seen live.
    """
    name = fingerprint(rule.id, observation.labels)
    standing, evaluated_for, incident_id = _standing(connection, name)
    if live:
        connection.execute(_MAKE_LIVE, [name])
    if evaluated_for is not None and evaluated_for >= observation.evaluated_for:
        return None
    moved = advance(standing, judgement.outcome, rule.patience)
    is_error = judgement.outcome is Outcome.ERROR  # which leaves the moment to be judged again
    row: dict[str, Any] = {
        "fingerprint": name,
        "rule_id": rule.id,
        "segment": Jsonb(dict(observation.labels)),
        "owner": rule.owner,
        "runbook": rule.runbook,
        "priority": priority,
        "evaluated_for": observation.evaluated_for,
        "judged_for": evaluated_for if is_error else observation.evaluated_for,
        "data_date": observation.data_date,
        "population": observation.population,
        "facts": Jsonb(_facts(observation, judgement)),
        "value": judgement.value,
        "baseline": judgement.baseline,
        "threshold": judgement.threshold,
        "outcome": judgement.outcome.value,
        "detail": judgement.detail or None,
        "state": moved.state.value,
        "streak": moved.streak,
        "incident_id": incident_id,
        "is_of_clock": rule.is_of_clock,
        "resolved_because": "segment_gone" if observation.is_gone else None,
        "live": live,
        "now": now,
    }
    step = Step(name, standing.state, moved.state)
    if step.opened:
        (row["incident_id"],) = one_row(connection.execute(_OPEN, row))
    elif step.resolved:
        connection.execute(_RESOLVE, row)
    elif judgement.is_breach and moved.state.is_open:
        connection.execute(_SEE_AGAIN, row)
    if not moved.state.is_open:
        row["incident_id"] = None
    connection.execute(_KEEP_STANDING, row)
    connection.execute(_KEEP_EVALUATION, row)
    return step


def _facts(observation: Observation, judgement: Judgement) -> dict[str, Any]:
    part = {} if judgement.part is None else {"condition": judgement.part}
    return {**observation.facts, **part}


def _standing(
    connection: "psycopg.Connection[Any]", name: str
) -> tuple[Standing, datetime | None, int | None]:
    row = connection.execute(_STANDING, [name]).fetchone()
    if row is None:
        return Standing(), None, None
    state, streak, evaluated_for, incident_id = row
    return Standing(State(state), streak), evaluated_for, incident_id

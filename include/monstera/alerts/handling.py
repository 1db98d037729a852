"""What people do with alerts: take them over, silence them, judge them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from psycopg.types.json import Jsonb

from monstera import audit
from monstera.alerts.incidents import alerting
from monstera.warehouse import Warehouse
from monstera.warehouse.database import WarehouseError, one_row

LONGEST_SILENCE = timedelta(days=7)
Verdict = Literal["true_positive", "false_positive", "expected"]


class HandlingError(WarehouseError):
    """There is nothing to handle under that name; the message says what to do."""


_ACKNOWLEDGE = """
update ops.alert_incidents
set acknowledged_at = coalesce(acknowledged_at, %(now)s), acknowledged_by = %(who)s
where incident_id = %(incident_id)s and resolved_at is null
"""

_JUDGE = """
update ops.alert_incidents
set verdict = %(verdict)s, verdict_by = %(who)s, verdict_at = %(now)s
where incident_id = %(incident_id)s
"""

_SILENCE = """
insert into ops.alert_silences (rule_id, segment, author, reason, starts_at, ends_at)
values (%(rule_id)s, %(segment)s, %(who)s, %(reason)s, %(now)s, %(ends_at)s)
returning silence_id
"""


def acknowledge(warehouse: Warehouse, incident_id: int, who: str, now: datetime) -> None:
    """Somebody takes an open incident over; its reminders end.

    Where somebody else takes it over again, the time of the first answer stays.

    Raises:
        HandlingError: no such incident is open.
    """
    parameters = {"incident_id": incident_id, "who": who, "now": now}
    with alerting(warehouse) as connection:
        if not connection.execute(_ACKNOWLEDGE, parameters).rowcount:
            raise HandlingError(
                f"No incident {incident_id} is open: `monstera alerts list` shows those that are."
            )
        audit.append(connection, "alerts.acknowledge", who=who, subject=incident_id)


def judge(
    warehouse: Warehouse, incident_id: int, verdict: Verdict, who: str, now: datetime
) -> None:
    """Somebody says whether an incident was what it claimed to be.

    The days of a confirmed one (`true_positive`) do not count as usual for its rule any more.

    Raises:
        HandlingError: there is no such incident.
    """
    parameters = {"incident_id": incident_id, "verdict": verdict, "who": who, "now": now}
    with alerting(warehouse) as connection:
        if not connection.execute(_JUDGE, parameters).rowcount:
            raise HandlingError(f"There is no incident {incident_id}.")
        audit.append(connection, "alerts.judge", who=who, subject=incident_id)


def silence(
    warehouse: Warehouse,
    *,
    rule_id: str | None,
    segment: Mapping[str, str],
    lasting: timedelta,
    who: str,
    reason: str,
    now: datetime,
) -> int:
    """Holds messages of matching alerts back for a while; those that still fire then are told.

    Args:
        rule_id: the rule; None: every rule.
        segment: labels that an alert must have; empty: any.
        lasting: at most seven days.

    Returns:
        The number of the silence.

    Raises:
        HandlingError: it has no reason, or would last too long.
    """
    if not reason.strip():
        raise HandlingError("A silence needs a reason.")
    if not timedelta() < lasting <= LONGEST_SILENCE:
        raise HandlingError("A silence lasts up to 7 days.")
    parameters = {
        "rule_id": rule_id,
        "segment": Jsonb(dict(segment)),
        "who": who,
        "reason": reason,
        "now": now,
        "ends_at": now + lasting,
    }
    with alerting(warehouse) as connection:
        (silence_id,) = one_row(connection.execute(_SILENCE, parameters))
        audit.append(connection, "alerts.silence", who=who, subject=silence_id)
    return int(silence_id)

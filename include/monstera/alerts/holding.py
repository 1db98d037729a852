"""What holds the messages of an incident back: a silence, a rule that explains it, flapping."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg

from monstera.alerts.incidents import CYCLES_A_DAY, Incident
from monstera.alerts.rules import Rule
from monstera.warehouse.database import one_row

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Silence:
    """A silence in force: its number, and what an alert must be to be silenced."""

    silence_id: int
    rule_id: str | None
    segment: dict[str, str]

    def matches(self, incident: Incident) -> bool:
        """Whether it silences an incident."""
        return self.rule_id in {None, incident.rule_id} and (
            self.segment.items() <= incident.segment.items()
        )


_SILENCES = """
select silence_id, rule_id, segment
from ops.alert_silences
where starts_at <= %(now)s and ends_at > %(now)s
order by silence_id
"""


def silences_at(connection: "psycopg.Connection[Any]", now: datetime) -> list[Silence]:
    """The silences in force."""
    return [Silence(*row) for row in connection.execute(_SILENCES, {"now": now})]


def silence_of(incident: Incident, silences: list[Silence]) -> int | None:
    """The number of the first silence that matches; None: none does."""
    return next((s.silence_id for s in silences if s.matches(incident)), None)


def explained_by(rule: Rule, rules: Mapping[str, Rule], firing: Collection[str]) -> str | None:
    """The firing rule that explains a rule's alerts, whose own alerts none explains."""
    found: Rule | None = rule
    chain = [rule.id]
    while found is not None:
        parents = (name for name in found.inhibited_by if name in firing and name not in chain)
        name = next(parents, None)
        if name is not None:
            chain.append(name)
        found = rules.get(name or "")
    return chain[-1] if len(chain) > 1 else None


_TOLD_AS_FLAPPING = """
select exists (
    select from ops.alert_incidents
    where fingerprint = %(fingerprint)s and opened_at < %(opened_at)s
        and cycles > %(cycles_a_day)s and notified_at > %(opened_at)s - interval '1 day'
)
"""


def waits_for_the_digest(
    connection: "psycopg.Connection[Any]", incident: Incident, now: datetime
) -> bool:
    """Whether it flaps, which was told within a day; what stays for a day is told all the same."""
    if not incident.is_flapping or now - incident.opened_at >= ONE_DAY:
        return False
    parameters = {
        "fingerprint": incident.fingerprint,
        "opened_at": incident.opened_at,
        "cycles_a_day": CYCLES_A_DAY,
    }
    (was_told,) = one_row(connection.execute(_TOLD_AS_FLAPPING, parameters))
    return bool(was_told)

"""Who has to be told what: fires, reminders and resolves that incidents owe, into the outbox."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import psycopg

from monstera.alerts import holding
from monstera.alerts.context import at_the_end, with_context
from monstera.alerts.incidents import (
    Incident,
    incidents_to_end,
    open_incidents,
    rule_of,
    standing_states,
)
from monstera.alerts.rules import Rule
from monstera.alerts.states import State
from monstera.alerts.wording import notice, resolution, title
from monstera.notify import outbox
from monstera.notify.message import Kind
from monstera.notify.outbox import Letter
from monstera.notify.routing import Routing

REMIND_AFTER: Mapping[str, timedelta | None] = {
    "P0": timedelta(hours=1),
    "P1": timedelta(hours=4),
    "P2": timedelta(days=1),
    "P3": None,
}
HELD_BACK_NAMED = 10
"""Alerts that a message names as held back; the rest is a number."""


def settle(
    connection: "psycopg.Connection[Any]",
    rules: Mapping[str, Rule],
    routing: Routing,
    now: datetime,
) -> int:
    """Writes everything that is owed now to the outbox, in the caller's transaction.

    An incident owes one fire once a live evaluation has seen it firing, then reminders until it
    is acknowledged, and one resolve to those who got the fire. A silence and a firing rule that
    explains it hold the first two back; what was told before the silence is told at its end too.
    More than three times a day it is told once as flapping, then waits for the digest. Called again
    at the same time, it finds nothing owed.

    Returns:
        How many messages were written.
    """
    incidents = open_incidents(connection)
    silences = holding.silences_at(connection, now)
    firing = {incident.rule_id for incident in incidents}
    states = standing_states(connection)
    fires: list[tuple[Incident, Rule]] = []
    reminders: list[tuple[Incident, Rule]] = []
    held: dict[str, list[str]] = {}
    for incident in incidents:
        rule = rule_of(incident, rules)
        if rule is None or not incident.is_live:
            continue
        silence = holding.silence_of(incident, silences)
        parent = holding.explained_by(rule, rules, firing)
        _keep_flags(connection, incident, silence, parent)
        if parent is not None:
            held.setdefault(parent, []).append(title(incident, rule))
        if silence is not None or parent is not None:
            continue
        if incident.notified_at is None:
            if holding.waits_for_the_digest(connection, incident, now):
                continue
            if states.get(incident.fingerprint) is State.FIRING:
                fires.append((incident, rule))
        elif _reminder_is_due(connection, incident, now):
            reminders.append((incident, rule))
    letters = [
        *_letters(connection, fires, "fire", routing, held, now),
        *_letters(connection, reminders, "reminder", routing, held, now),
    ]
    told, reminded = _incident_ids(letters, "fire"), _incident_ids(letters, "reminder")
    connection.execute(_TOLD, {"now": now, "incident_ids": told})
    connection.execute(_REMINDED, {"now": now, "incident_ids": reminded})
    for incident in incidents_to_end(connection):
        letters += _end(connection, incident, rule_of(incident, rules), now)
    return outbox.post(connection, letters, now)


def _letters(
    connection: "psycopg.Connection[Any]",
    incidents: list[tuple[Incident, Rule]],
    kind: Kind,
    routing: Routing,
    held: Mapping[str, list[str]],
    now: datetime,
) -> Iterator[Letter]:
    """A letter to everybody whom routing names; none where it waits for the digest.

    Those for whom what was said before still waits are not reminded of it; where that was of a
    lower priority, it is replaced.
    """
    for incident, rule in incidents:
        channels = None if rule.channels == "default" else rule.channels
        everybody = routing.receivers(incident.priority, incident.owner, channels)
        was = _priority_before(connection, incident)
        if everybody and was is not None:
            outbox.recall(connection, incident.incident_id, now)
        waiting = outbox.waiting(connection, incident.incident_id)
        receivers = [one for one in everybody if one not in waiting]
        if not receivers:
            continue
        words = notice(incident, rule, _shortened(held.get(rule.id, [])))
        words = replace(words, key=str(uuid5(NAMESPACE_URL, incident.name)))
        if was is not None:
            words = replace(words, sentence=f"{words.sentence} It was {was} before.")
        words = with_context(connection, words, incident, rule)
        threads = {
            (channel, receiver): told.thread
            for channel, receiver, told in outbox.received(connection, incident.incident_id)
        }
        for channel, receiver in receivers:
            yield Letter(
                channel=channel,
                receiver=receiver,
                kind=kind,
                sequence=incident.reminders,
                incident=incident.name,
                notice=replace(words, thread=threads.get((channel, receiver))),
            )


def _shortened(titles: list[str]) -> tuple[str, ...]:
    if len(titles) <= HELD_BACK_NAMED:
        return tuple(titles)
    return (*titles[:HELD_BACK_NAMED], f"{len(titles) - HELD_BACK_NAMED} more")


def _incident_ids(letters: list[Letter], kind: Kind) -> list[int]:
    return list({x.notice.incident_id for x in letters if x.kind == kind})


def _end(
    connection: "psycopg.Connection[Any]", incident: Incident, rule: Rule | None, now: datetime
) -> list[Letter]:
    """The resolves to those who got the fire; what has not left yet never will."""
    outbox.recall(connection, incident.incident_id, now)
    connection.execute(
        "update ops.alert_incidents set resolve_notified_at = %s where incident_id = %s",
        [now, incident.incident_id],
    )
    return [
        Letter(
            channel=channel,
            receiver=receiver,
            kind="resolve",
            sequence=0,
            incident=incident.name,
            notice=at_the_end(connection, resolution(told, incident, rule), incident, rule),
        )
        for channel, receiver, told in outbox.received(connection, incident.incident_id)
    ]


def _reminder_is_due(
    connection: "psycopg.Connection[Any]", incident: Incident, now: datetime
) -> bool:
    """Whether to say it again, of what no silence holds back any more.

    Until somebody takes it over: after a while, and at once when a silence has ended. In any case
    at once when it has become more important.
    """
    if _priority_before(connection, incident) is not None:
        return True
    pause = REMIND_AFTER[incident.priority]
    if pause is None or incident.acknowledged_at is not None or incident.last_notified_at is None:
        return False
    return incident.silenced_by is not None or now - incident.last_notified_at >= pause


def _priority_before(connection: "psycopg.Connection[Any]", incident: Incident) -> str | None:
    """The priority under which it was told, where it has become more important since."""
    told_as = outbox.told_as(connection, incident.incident_id)
    return told_as if told_as is not None and incident.priority < told_as else None


_FLAGS = """
update ops.alert_incidents
set silenced_by = %(silence)s, inhibited_by = %(parent)s
where incident_id = %(incident_id)s
    and (silenced_by, inhibited_by) is distinct from (%(silence)s::bigint, %(parent)s::text)
"""


def _keep_flags(
    connection: "psycopg.Connection[Any]",
    incident: Incident,
    silence: int | None,
    parent: str | None,
) -> None:
    parameters = {"silence": silence, "parent": parent, "incident_id": incident.incident_id}
    connection.execute(_FLAGS, parameters)


_TOLD = """
update ops.alert_incidents
set notified_at = %(now)s, last_notified_at = %(now)s
where incident_id = any(%(incident_ids)s)
"""

_REMINDED = """
update ops.alert_incidents
set last_notified_at = %(now)s, reminders = reminders + 1
where incident_id = any(%(incident_ids)s)
"""

"""The outbox: what has to leave is a row first, written with the state change that causes it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from monstera.notify.message import Kind, Message, Notice

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)

_INSERT = """
insert into ops.notification_outbox (
    incident_id, channel, receiver, kind, sequence, message_id, position, owner, priority, payload,
    created_at, next_attempt_at
)
values (
    %(incident_id)s, %(channel)s, %(receiver)s, %(kind)s, %(sequence)s, %(message_id)s,
    %(position)s, %(owner)s, %(priority)s, %(payload)s, %(now)s, %(now)s
)
on conflict (incident_id, channel, receiver, kind, sequence) do nothing
"""

# Locks the first row of a message, which stands for all of it.
_CLAIM = """
select message_id
from ops.notification_outbox as o
where o.sent_at is null and o.cancelled_at is null
    and o.next_attempt_at <= %(now)s
    and o.channel = any(%(channels)s)
    and not exists (
        select from ops.notification_outbox as earlier
        where earlier.message_id = o.message_id and earlier.position < o.position
            and earlier.cancelled_at is null
    )
order by o.priority, o.outbox_id
limit 1
for update skip locked
"""

_ROWS = """
select channel, receiver, kind, owner, priority, payload, attempts
from ops.notification_outbox
where message_id = %s and cancelled_at is null
order by position
for update
"""

_SENT = """
update ops.notification_outbox
set sent_at = %(now)s, attempts = attempts + 1, last_error = null
where message_id = %(message_id)s and cancelled_at is null
"""

_FAILED = """
update ops.notification_outbox
set attempts = attempts + 1, last_error = %(error)s, next_attempt_at = %(next_attempt_at)s
where message_id = %(message_id)s and cancelled_at is null
"""


@dataclass(frozen=True)
class Letter:
    """A notice with its address, before it is put into a message with others.

    Attributes:
        incident: name of the incident to the outside, the same in no other warehouse.
        sequence: number among the incident's letters of this kind.
    """

    channel: str
    receiver: str
    kind: Kind
    sequence: int
    incident: str
    notice: Notice

    @property
    def group(self) -> tuple[str, str, str, str, str]:
        """Letters that are equal in this travel in one message."""
        return (self.channel, self.receiver, self.kind, self.notice.owner, self.notice.priority)

    @property
    def name(self) -> str:
        """Tells it from every other letter, here and elsewhere."""
        return "|".join((self.channel, self.receiver, self.kind, str(self.sequence), self.incident))


def post(connection: "psycopg.Connection[Any]", letters: Iterable[Letter], now: datetime) -> int:
    """Writes letters to the outbox in the caller's transaction; returns the number of messages."""
    messages = 0
    ordered = sorted(letters, key=lambda letter: (letter.group, letter.name))
    for _, group in groupby(ordered, key=lambda letter: letter.group):
        bundle = list(group)
        message_id = uuid5(NAMESPACE_URL, bundle[0].name)
        messages += 1
        for position, letter in enumerate(bundle):
            connection.execute(
                _INSERT,
                {
                    "incident_id": letter.notice.incident_id,
                    "channel": letter.channel,
                    "receiver": letter.receiver,
                    "kind": letter.kind,
                    "sequence": letter.sequence,
                    "message_id": message_id,
                    "position": position,
                    "owner": letter.notice.owner,
                    "priority": letter.notice.priority,
                    "payload": Jsonb(letter.notice.as_json()),
                    "now": now,
                },
            )
    return messages


@dataclass(frozen=True)
class Claim:
    """A message that nobody else can take until the transaction ends."""

    message: Message
    attempts: int


def claim(
    connection: "psycopg.Connection[Any]", channels: Iterable[str], now: datetime
) -> Claim | None:
    """Takes the next message that is due on one of the channels, most important first."""
    found = connection.execute(_CLAIM, {"channels": list(channels), "now": now}).fetchone()
    if found is None:
        return None
    message_id: UUID = found[0]
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_ROWS, [message_id]).fetchall()
    first = rows[0]
    message = Message(
        message_id=message_id,
        channel=first["channel"],
        receiver=first["receiver"],
        kind=first["kind"],
        owner=first["owner"],
        priority=first["priority"],
        notices=tuple(Notice.from_json(row["payload"]) for row in rows),
    )
    return Claim(message, first["attempts"])


def mark_sent(connection: "psycopg.Connection[Any]", claim: Claim, now: datetime) -> None:
    """Notes that the channel took the message."""
    connection.execute(_SENT, {"message_id": claim.message.message_id, "now": now})


def mark_failed(
    connection: "psycopg.Connection[Any]", claim: Claim, error: str, now: datetime
) -> None:
    """Notes that the channel did not, and when to try again: later each time."""
    pause = min(FIRST_PAUSE * 2 ** min(claim.attempts, 10), LONGEST_PAUSE)
    parameters = {
        "message_id": claim.message.message_id,
        "error": error,
        "next_attempt_at": now + pause,
    }
    connection.execute(_FAILED, parameters)


_OPEN_TO_RECALL = """
select outbox_id
from ops.notification_outbox
where incident_id = %s and kind <> 'resolve' and sent_at is null and cancelled_at is null
for update
"""

_CANCEL = "update ops.notification_outbox set cancelled_at = %s where outbox_id = any(%s)"

_RECEIVED = """
select channel, receiver, payload, message_id
from ops.notification_outbox
where incident_id = %s and kind = 'fire' and sent_at is not null
"""


def recall(connection: "psycopg.Connection[Any]", incident_id: int, now: datetime) -> None:
    """Cancels what was to be said of an incident and has not left; waits for one being sent."""
    rows = connection.execute(_OPEN_TO_RECALL, [incident_id]).fetchall()
    connection.execute(_CANCEL, [now, [outbox_id for (outbox_id,) in rows]])


def received(
    connection: "psycopg.Connection[Any]", incident_id: int
) -> list[tuple[str, str, Notice]]:
    """Channel, receiver and notice of everybody who was told that the incident fires.

    The notice's thread is the message that told them.
    """
    return [
        (channel, receiver, replace(Notice.from_json(payload), thread=str(message_id)))
        for channel, receiver, payload, message_id in connection.execute(_RECEIVED, [incident_id])
    ]


def has_unsent(connection: "psycopg.Connection[Any]", incident_id: int) -> bool:
    """Whether something said of the incident is still on its way."""
    return connection.execute(_OPEN_TO_RECALL, [incident_id]).fetchone() is not None

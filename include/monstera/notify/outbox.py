"""The outbox: what has to leave is a row first, written with the state change that causes it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import psycopg
from psycopg.types.json import Jsonb

from monstera.notify.digest import Digest
from monstera.notify.message import Kind, Notice
from monstera.warehouse.database import one_row

GATHERED_FOR: Mapping[str, timedelta] = {"P2": timedelta(minutes=45)}
"""How long messages of a priority wait for others of their owner: P2 leaves within the hour."""
ONE_BY_ONE = frozenset({"pagerduty"})
"""Channels whose messages are of one incident each."""

_INSERT = """
insert into ops.notification_outbox (
    incident_id, channel, receiver, kind, sequence, message_id, position, owner, priority, payload,
    created_at, next_attempt_at
)
values (
    %(incident_id)s, %(channel)s, %(receiver)s, %(kind)s, %(sequence)s, %(message_id)s,
    %(position)s, %(owner)s, %(priority)s, %(payload)s, %(now)s, %(due)s
)
on conflict (incident_id, channel, receiver, kind, sequence) do nothing
"""

# A message that still waits for others. Its first row is locked, so that nobody sends it meanwhile;
# where a sender holds it, it is too late to join.
_JOINABLE = """
select message_id, next_attempt_at
from ops.notification_outbox as o
where channel = %(channel)s and receiver = %(receiver)s and kind = %(kind)s
    and owner = %(owner)s and priority = %(priority)s
    and sent_at is null and cancelled_at is null and attempts = 0 and next_attempt_at > %(now)s
    and not exists (
        select from ops.notification_outbox as earlier
        where earlier.message_id = o.message_id and earlier.position < o.position
            and earlier.cancelled_at is null
    )
order by outbox_id
limit 1
for update skip locked
"""

_LAST_POSITION = """
select max(position) from ops.notification_outbox where message_id = %s
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
    def group(self) -> tuple[str, ...]:
        """Letters that are equal in this travel in one message."""
        alone = self.incident if self.channel in ONE_BY_ONE else ""
        notice = self.notice
        return (self.channel, self.receiver, self.kind, notice.owner, notice.priority, alone)

    @property
    def name(self) -> str:
        """Tells it from every other letter, here and elsewhere."""
        return "|".join((self.channel, self.receiver, self.kind, str(self.sequence), self.incident))


def post(
    connection: "psycopg.Connection[Any]",
    letters: Iterable[Letter],
    now: datetime,
    *,
    at_once: bool = False,
) -> int:
    """Writes letters to the outbox in the caller's transaction; returns the number of messages.

    What may wait joins a message of the same group that waits already; `at_once` nothing waits.
    """
    messages = 0
    ordered = sorted(letters, key=lambda letter: (letter.group, letter.name))
    for _, group in groupby(ordered, key=lambda letter: letter.group):
        bundle = list(group)
        message_id, first, due = _envelope(connection, bundle[0], now, at_once)
        messages += first == 0
        for position, letter in enumerate(bundle, first):
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
                    "due": due,
                },
            )
    return messages


def _envelope(
    connection: "psycopg.Connection[Any]", letter: Letter, now: datetime, at_once: bool
) -> tuple[UUID, int, datetime]:
    """The message that a letter and those after it travel in: id, first place, when it leaves."""
    wait = GATHERED_FOR.get(letter.notice.priority)
    if wait is None or at_once or letter.channel in ONE_BY_ONE:
        return uuid5(NAMESPACE_URL, letter.name), 0, now
    waiting = connection.execute(
        _JOINABLE,
        {
            "channel": letter.channel,
            "receiver": letter.receiver,
            "kind": letter.kind,
            "owner": letter.notice.owner,
            "priority": letter.notice.priority,
            "now": now,
        },
    ).fetchone()
    if waiting is None:
        return uuid5(NAMESPACE_URL, letter.name), 0, now + wait
    message_id, due = waiting
    (last,) = one_row(connection.execute(_LAST_POSITION, [message_id]))
    return message_id, last + 1, due


_INSERT_DIGEST = """
insert into ops.notification_outbox (
    digest, channel, receiver, kind, sequence, message_id, position, owner, priority, payload,
    created_at, next_attempt_at
)
values (
    %(digest)s, 'mail', %(receiver)s, 'digest', 0, gen_random_uuid(), 0, '', 'P3', %(payload)s,
    %(now)s, %(now)s
)
on conflict (digest, channel, receiver) do nothing
"""


def post_digest(
    connection: "psycopg.Connection[Any]",
    name: str,
    digest: Digest,
    receivers: Iterable[str],
    now: datetime,
) -> int:
    """Writes a digest for mail addresses that have not been given it; returns for how many.

    Args:
        name: its kind and the first day of its period.
    """
    return sum(
        connection.execute(
            _INSERT_DIGEST,
            {"digest": name, "receiver": one, "payload": Jsonb(digest.as_json()), "now": now},
        ).rowcount
        for one in receivers
    )


def knows_digest(connection: "psycopg.Connection[Any]", name: str) -> bool:
    """Whether a digest was written before."""
    query = "select exists (select from ops.notification_outbox where digest = %s)"
    (is_known,) = one_row(connection.execute(query, [name]))
    return bool(is_known)


_OPEN_TO_RECALL = """
select outbox_id
from ops.notification_outbox
where incident_id = %s and kind <> 'resolve' and sent_at is null and cancelled_at is null
for update
"""

_CANCEL = "update ops.notification_outbox set cancelled_at = %s where outbox_id = any(%s)"

_RECEIVED = """
select distinct on (channel, receiver)
    channel,
    receiver,
    payload,
    first_value(message_id) over (partition by channel, receiver order by outbox_id) as thread
from ops.notification_outbox
where incident_id = %s and kind in ('fire', 'reminder') and sent_at is not null
order by channel, receiver, outbox_id desc
"""

_WAITING = """
select distinct channel, receiver
from ops.notification_outbox
where incident_id = %s and kind <> 'resolve' and sent_at is null and cancelled_at is null
"""

_TOLD_AS = """
select min(priority)
from ops.notification_outbox
where incident_id = %s and kind in ('fire', 'reminder')
"""


def recall(connection: "psycopg.Connection[Any]", incident_id: int, now: datetime) -> None:
    """Cancels what was to be said of an incident and has not left; waits for one being sent."""
    rows = connection.execute(_OPEN_TO_RECALL, [incident_id]).fetchall()
    connection.execute(_CANCEL, [now, [outbox_id for (outbox_id,) in rows]])


def received(
    connection: "psycopg.Connection[Any]", incident_id: int
) -> list[tuple[str, str, Notice]]:
    """Channel, receiver and latest notice of everybody who was told that the incident fires.

    The notice's thread is the message that first told them.
    """
    return [
        (channel, receiver, replace(Notice.from_json(payload), thread=str(thread)))
        for channel, receiver, payload, thread in connection.execute(_RECEIVED, [incident_id])
    ]


def waiting(connection: "psycopg.Connection[Any]", incident_id: int) -> frozenset[tuple[str, str]]:
    """Channel and receiver of everybody for whom something said of the incident still waits."""
    return frozenset(connection.execute(_WAITING, [incident_id]).fetchall())


def told_as(connection: "psycopg.Connection[Any]", incident_id: int) -> str | None:
    """The highest priority under which the incident was told; None: it was not."""
    priority: str | None
    (priority,) = one_row(connection.execute(_TOLD_AS, [incident_id]))
    return priority

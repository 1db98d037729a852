"""Taking messages out of the outbox, one sender each."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from monstera.notify.digest import Digest
from monstera.notify.message import Message, Notice

# Locks the first row of a message, which stands for all of it.
_CLAIM = """
select message_id
from ops.notification_outbox as o
where o.sent_at is null and o.cancelled_at is null
    and o.next_attempt_at <= %(now)s
    and o.channel = any(%(channels)s)
    and o.channel || ' ' || o.receiver <> all(%(closed)s)
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
select
    outbox_id, incident_id, channel, receiver, kind, sequence, owner, priority, payload, attempts,
    failing_since
from ops.notification_outbox
where message_id = %s and cancelled_at is null
order by position
for update
"""


@dataclass(frozen=True)
class Claim:
    """A message that nobody else can take until the transaction ends.

    Attributes:
        rows: its rows of the outbox, by `outbox_id`.
        told: of each notice, the incident and the number of the letter among its kind.
        failing_since: when the first of the attempts failed; None: none has.
    """

    message: Message
    rows: tuple[int, ...]
    told: tuple[tuple[int | None, int], ...]
    attempts: int
    failing_since: datetime | None


def claim(
    connection: "psycopg.Connection[Any]",
    channels: Iterable[str],
    now: datetime,
    closed: Collection[tuple[str, str]] = (),
) -> Claim | None:
    """Takes the next message that is due on one of the channels, most important first.

    Args:
        closed: channels and receivers that are to be left alone.
    """
    parameters = {
        "channels": list(channels),
        "closed": [f"{channel} {receiver}" for channel, receiver in closed],
        "now": now,
    }
    found = connection.execute(_CLAIM, parameters).fetchone()
    if found is None:
        return None
    message_id: UUID = found[0]
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_ROWS, [message_id]).fetchall()
    first = rows[0]
    is_digest = first["kind"] == "digest"
    message = Message(
        message_id=message_id,
        channel=first["channel"],
        receiver=first["receiver"],
        kind=first["kind"],
        owner=first["owner"],
        priority=first["priority"],
        notices=() if is_digest else tuple(Notice.from_json(row["payload"]) for row in rows),
        digest=Digest.from_json(first["payload"]) if is_digest else None,
    )
    return Claim(
        message,
        rows=tuple(row["outbox_id"] for row in rows),
        told=tuple((row["incident_id"], row["sequence"]) for row in rows),
        attempts=first["attempts"],
        failing_since=first["failing_since"],
    )

"""What is written down after an attempt: taken, to be tried again, skipped, passed on."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import psycopg

from monstera.notify.channels import ChannelError, MessageRefused
from monstera.notify.claims import Claim
from monstera.notify.outbox import Letter, post
from monstera.notify.routing import Routing

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=15)
PAUSE_AFTER_REFUSAL = timedelta(hours=1)
REFUSED_FOR_GOOD_AFTER = timedelta(days=1)
PASSED_ON_AFTER = timedelta(minutes=15)
MAX_ERROR = 500

_SENT = """
update ops.notification_outbox
set sent_at = %(now)s, attempts = attempts + 1, last_error = null
where outbox_id = any(%(rows)s)
"""

_FAILED = """
update ops.notification_outbox
set
    attempts = attempts + 1,
    failing_since = coalesce(failing_since, %(now)s),
    last_error = %(error)s,
    next_attempt_at = %(next_attempt_at)s,
    cancelled_at = case when %(is_given_up)s then %(now)s::timestamptz end
where outbox_id = any(%(rows)s)
"""

_SKIP = """
update ops.notification_outbox
set cancelled_at = %(now)s, skipped_at = %(now)s, last_error = %(error)s
where outbox_id = any(%(rows)s)
"""

# Of each row, the channels that were given the same or what was said later, or still have to take
# something; and whether one of the others took it or may.
_ELSEWHERE = """
select
    o.outbox_id,
    array_agg(distinct other.channel) as channels,
    bool_or(
        other.channel <> o.channel
        and other.cancelled_at is null
        and (other.sent_at is not null or other.failing_since is null)
    ) as is_told
from ops.notification_outbox as o
inner join ops.notification_outbox as other
    on other.incident_id = o.incident_id
        and (
            other.kind = o.kind and other.sequence = o.sequence
            or other.created_at > o.created_at
            or other.sent_at is null and other.cancelled_at is null
        )
where o.outbox_id = any(%(rows)s)
group by o.outbox_id
"""

_NOT_SET_UP = """
select channel, last_error
from ops.delivery_health
where skipped_at > coalesce(last_sent_at, '-infinity')
order by channel, receiver
"""


def hints(connection: "psycopg.Connection[Any]") -> list[str]:
    """A line for every receiver whose latest message was skipped, and what to do about it."""
    return [
        f"messages by {channel} are skipped: {error}. Add it to Airflow, "
        "or take the channel out of routing.yaml"
        for channel, error in connection.execute(_NOT_SET_UP)
    ]


def mark_sent(connection: "psycopg.Connection[Any]", claim: Claim, now: datetime) -> None:
    """Notes that the channel took the message."""
    connection.execute(_SENT, {"rows": list(claim.rows), "now": now})


def mark_failed(
    connection: "psycopg.Connection[Any]", claim: Claim, error: ChannelError, now: datetime
) -> None:
    """Notes that the channel did not, and when to try again.

    A channel that is down is tried again after 1 minute, then 2, 4, 8, 15, 15 …, and not before it
    asks to be. A message that is refused is tried every hour for a day, then given up.
    """
    is_refused = isinstance(error, MessageRefused)
    pause = min(FIRST_PAUSE * 2 ** min(claim.attempts, 10), LONGEST_PAUSE)
    if is_refused:
        pause = PAUSE_AFTER_REFUSAL
    if error.retry_after is not None:
        pause = max(pause, error.retry_after)
    failing_for = now - (claim.failing_since or now)
    connection.execute(
        _FAILED,
        {
            "rows": list(claim.rows),
            "error": str(error)[:MAX_ERROR],
            "next_attempt_at": now + pause,
            "is_given_up": is_refused and failing_for >= REFUSED_FOR_GOOD_AFTER,
            "now": now,
        },
    )


def mark_skipped(
    connection: "psycopg.Connection[Any]", claim: Claim, error: ChannelError, now: datetime
) -> None:
    """Gives a message up whose channel is not set up."""
    parameters = {"rows": list(claim.rows), "error": str(error)[:MAX_ERROR], "now": now}
    connection.execute(_SKIP, parameters)


def pass_on(
    connection: "psycopg.Connection[Any]",
    claim: Claim,
    routing: Routing,
    channels: Collection[str],
    now: datetime,
) -> frozenset[str]:
    """Writes what a message says, and no other channel has taken, for the next channel.

    Returns:
        The channels; none where it is told, or `routing.failover` holds no other channel.
    """
    message, letters = claim.message, []
    elsewhere = {
        outbox_id: (used, is_told)
        for outbox_id, used, is_told in connection.execute(_ELSEWHERE, {"rows": list(claim.rows)})
    }
    for row, notice, (incident, sequence) in zip(
        claim.rows, message.notices, claim.told, strict=True
    ):
        used, is_told = elsewhere[row]
        left = (name for name in routing.failover if name not in used and name in channels)
        channel = next(left, None)
        if channel is None or is_told:
            continue
        letters += [
            Letter(channel, receiver, message.kind, sequence, notice.key or str(incident), notice)
            for receiver in routing.addresses(channel, message.owner)
        ]
    post(connection, letters, now, at_once=True)
    return frozenset(letter.channel for letter in letters)


def must_be_passed_on(claim: Claim, error: ChannelError, now: datetime) -> bool:
    """Whether it is time to use another channel: at once if refused, else after 15 minutes."""
    if isinstance(error, MessageRefused):
        return True
    return claim.failing_since is not None and now - claim.failing_since >= PASSED_ON_AFTER

"""The sender: takes what is due from the outbox, hands it to its channel, notes how it went."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from monstera.notify import claims, delivery
from monstera.notify.channels import (
    Channel,
    ChannelDown,
    ChannelError,
    MessageRefused,
    NotSetUp,
    ReceiverDown,
)
from monstera.notify.claims import Claim
from monstera.notify.routing import Routing
from monstera.warehouse import Warehouse

log = logging.getLogger(__name__)
ROLE = "monstera_alerter"


@dataclass(frozen=True)
class Delivery:
    """How many messages were sent, were not taken and stay in the outbox, and have no channel."""

    sent: int
    failed: int
    skipped: int = 0


def send_due(
    warehouse: Warehouse,
    channels: Mapping[str, Channel],
    now: datetime,
    routing: Routing | None = None,
) -> Delivery:
    """Sends every message that is due on one of the channels, each in a transaction of its own.

    Several senders may run at once: each message is taken by one. A message is marked as sent
    after the channel took it, so a crash in between sends it once more, with the same id; none is
    lost. What fails is tried again later, and after a while said on another channel too.

    Args:
        routing: names the other channels; None: there are none.
    """
    sender = _Sender(channels, now, routing or Routing(failover=()))
    while True:
        with warehouse.transaction(ROLE) as connection:
            if not sender.send_next(connection):
                return Delivery(sender.sent, sender.failed, sender.skipped)


class _Sender:
    """One round: whatever is found to be down is left alone until the next one."""

    def __init__(self, channels: Mapping[str, Channel], now: datetime, routing: Routing):
        self.channels = channels
        self.now = now
        self.routing = routing
        self.up = set(channels)
        self.closed: set[tuple[str, str]] = set()
        self.not_set_up: set[tuple[str, str]] = set()
        self.sent = self.failed = self.skipped = 0

    def send_next(self, connection: "psycopg.Connection[Any]") -> bool:
        """Handles one message; False where none is due."""
        claim = claims.claim(connection, self.up, self.now, self.closed)
        if claim is None:
            return False
        try:
            self.channels[claim.message.channel].send(claim.message)
        except NotSetUp as error:
            self._skip(connection, claim, error)
        except ChannelError as error:
            self._fail(connection, claim, error)
        except Exception as error:  # one message that cannot be written must not stop the others
            log.exception("Message %s could not be written", claim.message.message_id)
            self._fail(connection, claim, MessageRefused(type(error).__name__))
        else:
            self.sent += 1
            delivery.mark_sent(connection, claim, self.now)
        return True

    def _skip(self, connection: "psycopg.Connection[Any]", claim: Claim, error: NotSetUp) -> None:
        self.skipped += 1
        receiver = (claim.message.channel, claim.message.receiver)
        if receiver not in self.not_set_up:
            self.not_set_up.add(receiver)
            log.warning("Messages by %s are skipped: %s", receiver[0], error)
        delivery.mark_skipped(connection, claim, error, self.now)
        self._pass_on(connection, claim)

    def _fail(
        self, connection: "psycopg.Connection[Any]", claim: Claim, error: ChannelError
    ) -> None:
        self.failed += 1
        message = claim.message
        log.warning("Message %s was not taken: %s", message.message_id, error)
        delivery.mark_failed(connection, claim, error, self.now)
        if isinstance(error, ChannelDown):
            self.up.discard(message.channel)
        elif isinstance(error, ReceiverDown):
            self.closed.add((message.channel, message.receiver))
        if delivery.must_be_passed_on(claim, error, self.now):
            self._pass_on(connection, claim)

    def _pass_on(self, connection: "psycopg.Connection[Any]", claim: Claim) -> None:
        if claim.message.kind in {"digest", "resolve"}:  # of no use to those who got no fire
            return
        for channel in delivery.pass_on(connection, claim, self.routing, self.up, self.now):
            log.warning("Message %s is said by %s too", claim.message.message_id, channel)

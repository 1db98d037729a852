"""The sender: takes what is due from the outbox, hands it to its channel, notes how it went."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from monstera.notify import outbox
from monstera.notify.channels import Channel, ChannelDown, ChannelError
from monstera.warehouse import Warehouse

log = logging.getLogger(__name__)
ROLE = "monstera_alerter"
MAX_ERROR = 500


@dataclass(frozen=True)
class Delivery:
    """How many messages were sent, and how many were not taken and stay in the outbox."""

    sent: int
    failed: int


def send_due(warehouse: Warehouse, channels: Mapping[str, Channel], now: datetime) -> Delivery:
    """Sends every message that is due on one of the channels, each in a transaction of its own.

    Several senders may run at once: each message is taken by one. A message is marked as sent
    after the channel took it, so a crash in between sends it once more, with the same id; none is
    lost. What fails is tried again later, after 1 minute, then 2, 4, … up to an hour.
    """
    sent = failed = 0
    up = dict(channels)
    while True:
        with warehouse.transaction(ROLE) as connection:
            claim = outbox.claim(connection, up, now)
            if claim is None:
                return Delivery(sent, failed)
            message = claim.message
            try:
                up[message.channel].send(message)
            except ChannelError as error:
                failed += 1
                log.warning("Message %s was not taken: %s", message.message_id, error)
                outbox.mark_failed(connection, claim, str(error)[:MAX_ERROR], now)
                if isinstance(error, ChannelDown):
                    del up[message.channel]
            else:
                sent += 1
                outbox.mark_sent(connection, claim, now)

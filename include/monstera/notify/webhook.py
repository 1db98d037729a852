"""A message as plain JSON, to any web address."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from monstera.notify.endpoints import TIMEOUT, Endpoints, as_json, endpoint_of, post_json
from monstera.notify.message import Message

SIGNATURE = "X-Monstera-Signature"


@dataclass(frozen=True)
class WebhookChannel:
    """Posts each message to the address of the connection that its receiver names.

    The header `Idempotency-Key` is the message's id, the same at every attempt. Where the
    connection has a secret, `X-Monstera-Signature` is `sha256=` and the HMAC of the body.
    """

    endpoints: Endpoints
    timeout: float = TIMEOUT

    def send(self, message: Message) -> None:
        """Posts the message.

        Raises:
            MessageRefused, ReceiverDown, NotSetUp: see `Channel.send`.
        """
        endpoint = endpoint_of(self.endpoints, message.receiver)
        content = as_json(body(message))
        headers = {"Idempotency-Key": str(message.message_id)}
        if endpoint.secret:
            digest = hmac.new(endpoint.secret.encode(), content, hashlib.sha256).hexdigest()
            headers[SIGNATURE] = f"sha256={digest}"
        post_json(endpoint.url, content, headers=headers, timeout=self.timeout)


def body(message: Message) -> dict[str, Any]:
    """The message as data; keys may be added, none goes."""
    return {
        "version": 1,
        "message_id": str(message.message_id),
        "kind": message.kind,
        "owner": message.owner,
        "priority": message.priority,
        "headline": message.headline,
        "incidents": [
            {
                "incident": notice.incident_id,
                "key": notice.key,
                "rule": notice.rule_id,
                "title": notice.title,
                "sentence": notice.sentence,
                "numbers": dict(notice.numbers),
                "since": notice.since,
                "runbook": notice.runbook,
                "holds_back": list(notice.holds_back),
            }
            for notice in message.notices
        ],
    }

"""An incident in PagerDuty, through its Events API v2."""

from dataclasses import dataclass
from typing import Any

from monstera.notify.endpoints import TIMEOUT, Endpoints, as_json, endpoint_of, post_json
from monstera.notify.links import Links
from monstera.notify.message import Message

SEVERITY = {"P0": "critical", "P1": "error", "P2": "warning", "P3": "info"}
SOURCE = "monstera"


@dataclass(frozen=True)
class PagerDutyChannel:
    """Sends each message as an event; all events of an incident have one `dedup_key`.

    A message holds one notice: letters for this channel travel alone.
    """

    endpoints: Endpoints
    links: Links
    timeout: float = TIMEOUT

    def send(self, message: Message) -> None:
        """Sends the event.

        Raises:
            MessageRefused, ReceiverDown, NotSetUp: see `Channel.send`.
        """
        endpoint = endpoint_of(self.endpoints, message.receiver)
        content = as_json(event(message, endpoint.secret or "", self.links))
        post_json(endpoint.url, content, timeout=self.timeout)


def event(message: Message, routing_key: str, links: Links) -> dict[str, Any]:
    """The event: `trigger` while it fires, `resolve` at the end."""
    (notice,) = message.notices
    event = {"routing_key": routing_key, "dedup_key": notice.key}
    if message.kind == "resolve":
        return {**event, "event_action": "resolve"}
    return {
        **event,
        "event_action": "trigger",
        "client": "Monstera",
        "links": [
            {"text": words, "href": address} for words, address in links.of(notice, is_open=True)
        ],
        "payload": {
            "summary": f"[{message.priority}] {notice.title}",
            "source": SOURCE,
            "severity": SEVERITY[message.priority],
            "component": notice.rule_id,
            "group": notice.owner,
            "class": message.priority,
            "custom_details": {
                "what": notice.sentence,
                "since": notice.since,
                "runbook": notice.runbook,
                "incident": notice.incident_id,
                **dict(notice.numbers),
                **dict(notice.movers),
            },
        },
    }

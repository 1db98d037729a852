"""A message in Slack, through an incoming webhook."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from monstera.notify.endpoints import TIMEOUT, Endpoints, as_json, endpoint_of, post_json
from monstera.notify.links import Links
from monstera.notify.message import Message, Notice, Section

# Limits of Block Kit.
MAX_HEADER = 150
MAX_TEXT = 3000
MAX_FIELD = 2000
MAX_FIELDS = 10
MAX_BLOCKS = 50
MAX_FALLBACK = 4000
LIGHTS = {"fire": "\N{LARGE RED CIRCLE}", "reminder": "\N{LARGE RED CIRCLE}",
          "resolve": "\N{LARGE GREEN CIRCLE}"}  # fmt: skip
Block = dict[str, Any]


@dataclass(frozen=True)
class SlackChannel:
    """Posts each message to the webhook of the connection that its receiver names."""

    endpoints: Endpoints
    links: Links
    timeout: float = TIMEOUT

    def send(self, message: Message) -> None:
        """Posts the message.

        Raises:
            MessageRefused, ReceiverDown, NotSetUp: see `Channel.send`.
        """
        endpoint = endpoint_of(self.endpoints, message.receiver)
        content = as_json(body(message, self.links))
        post_json(endpoint.url, content, timeout=self.timeout)


def body(message: Message, links: Links) -> dict[str, Any]:
    """The message as Slack wants it.

    Texts are of the type `plain_text`, in which nothing is markup and nobody can be called; only
    links to our own pages are markup.
    """
    heading = f"{LIGHTS[message.kind]} [{message.label}] {message.headline}"
    blocks = [{"type": "header", "text": _plain(heading, MAX_HEADER)}]
    for section in message.sections():
        blocks += _blocks(section, message, links)
    if len(blocks) > MAX_BLOCKS:
        more = "… and more: `monstera alerts list` shows all of them."
        blocks = [*blocks[: MAX_BLOCKS - 1], _small(more)]
    return {"text": _cut(_escaped(heading), MAX_FALLBACK), "blocks": blocks}


def _blocks(section: Section, message: Message, links: Links) -> Iterator[Block]:
    for notice in section.notices:
        yield {"type": "divider"}
        yield {"type": "section", "text": _plain(notice.sentence, MAX_TEXT)}
        if section.is_brief:
            continue
        if notice.numbers:
            yield {
                "type": "section",
                "fields": [
                    _plain(f"{label}\n{text}", MAX_FIELD)
                    for label, text in notice.numbers[:MAX_FIELDS]
                ],
            }
        if notice.movers:
            moved = ", ".join(f"{label} {text}" for label, text in notice.movers)
            yield _small(f"What moved it most: {moved}")
        yield _small(_about(notice, message))
        if pages := links.of(notice, is_open=message.is_open):
            linked = " · ".join(f"<{address}|{words}>" for words, address in pages)
            yield {"type": "context", "elements": [{"type": "mrkdwn", "text": linked}]}
    if section.more:
        rule = section.notices[0].rule_id
        yield _small(f"… and {section.more} more of {rule}; these were the worst.")


def _about(notice: Notice, message: Message) -> str:
    parts = [f"since {notice.since}", f"owner {notice.owner}", f"runbook {notice.runbook}"]
    if notice.holds_back:
        parts.append(f"held back meanwhile: {', '.join(notice.holds_back)}")
    if message.is_open:
        parts.append(f"take it over: monstera alerts ack {notice.incident_id}")
    return " · ".join(parts)


def _small(text: str) -> Block:
    return {"type": "context", "elements": [_plain(text, MAX_TEXT)]}


def _plain(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": _cut(text, limit), "emoji": False}


def _cut(text: str, limit: int) -> str:
    """At most `limit` characters, and at least one, which Slack insists on."""
    text = text.strip() or "…"
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _escaped(text: str) -> str:
    """For the fallback, which notifications show and which is markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

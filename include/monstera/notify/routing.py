"""Who gets what: `routing.yaml` maps a priority and an owner to channels and receivers."""

import logging
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError

from monstera.definitions import DefinitionError, Definitions, Problem
from monstera.definitions.model import Definition
from monstera.notify.digest import DigestKind

log = logging.getLogger(__name__)

ChannelName = Literal["mail", "slack", "pagerduty", "webhook", "in_app"]
Channels = Annotated[tuple[ChannelName, ...], Field(strict=False)]
_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_SENDER = re.compile(rf"({_ADDRESS.pattern}|[\w .'&-]+ <{_ADDRESS.pattern}>)")
_CONNECTION = re.compile(r"[A-Za-z][\w.-]{0,99}", re.ASCII)
_WEB_FOLDER = re.compile(r"https?://[^\s<>\"']+/")


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise ValueError(f"expected a mail address such as team@example.com, found {text!r}")
    return text


def _sender(text: str) -> str:
    if not _SENDER.fullmatch(text):
        raise ValueError(f"expected Name <name@example.com>, found {text!r}")
    return text


def _connection(text: str) -> str:
    if not _CONNECTION.fullmatch(text):
        raise ValueError(  # without what was found, which is likely to be a secret
            "expected the name of a connection such as slack_default; "
            "addresses and keys stand in the connection, not here"
        )
    return text


def _web_folder(text: str) -> str:
    if not _WEB_FOLDER.fullmatch(text):
        raise ValueError(
            "expected an address that ends with /, such as https://example.com/docs/, "
            f"found {text!r}"
        )
    return text


Addresses = Annotated[
    tuple[Annotated[str, AfterValidator(_address)], ...], Field(strict=False, min_length=1)
]
Connections = Annotated[
    tuple[Annotated[str, AfterValidator(_connection)], ...], Field(strict=False, min_length=1)
]
Readers = Annotated[tuple[Annotated[str, AfterValidator(_address)], ...], Field(strict=False)]
WebFolder = Annotated[str, AfterValidator(_web_folder)]


class Receivers(Definition):
    """Mail addresses, and names of Airflow's connections; what is left out is as in `default`."""

    mail: Addresses | None = None
    slack: Connections | None = None
    pagerduty: Connections | None = None
    webhook: Connections | None = None


BUILT_IN = Receivers(
    mail=("data-team@example.com",),
    slack=("slack_default",),
    pagerduty=("pagerduty_default",),
    webhook=("webhook_default",),
)


class ByPriority(Definition):
    """Channels by priority, all of them at once; none: it waits for the daily digest."""

    P0: Channels = ("mail", "slack", "pagerduty", "in_app")
    P1: Channels = ("mail", "slack", "in_app")
    P2: Channels = ("mail",)
    P3: Channels = ()


class DigestReaders(Definition):
    """Mail addresses by digest; null: those of `default`, an empty list: nobody."""

    daily: Readers | None = None
    weekly: Readers | None = None
    monthly: Readers | None = None


class Routing(Definition):
    """`routing.yaml`.

    `failover` is the order in which other channels are used for what a channel does not take.
    `runbooks` is the web folder that the runbooks' paths are relative to, `pages` that of the
    app's pages; without them messages have no links there.
    """

    sender: Annotated[str, AfterValidator(_sender)] = "Monstera <monstera@example.com>"
    runbooks: WebFolder | None = None
    pages: WebFolder | None = None
    channels: ByPriority = ByPriority()
    failover: Channels = ("mail", "slack", "in_app")
    digests: DigestReaders = DigestReaders()
    default: Receivers = BUILT_IN
    owners: dict[str, Receivers] = Field(default_factory=dict)

    def receivers(
        self, priority: str, owner: str, channels: tuple[str, ...] | None = None
    ) -> list[tuple[str, str]]:
        """Channel and address of everybody who gets an owner's alert of a priority.

        Args:
            channels: those that the rule names itself; None: by priority.
        """
        by_priority: tuple[str, ...] = getattr(self.channels, priority)
        return [
            (channel, address)
            for channel in (by_priority if channels is None else channels)
            for address in self.addresses(channel, owner)
        ]

    def addresses(self, channel: str, owner: str) -> tuple[str, ...]:
        """An owner's addresses in a channel; in the app it is the owner's own name."""
        if channel == "in_app":
            return (owner,)
        mine = getattr(self.owners.get(owner), channel, None)
        found: tuple[str, ...] = (
            mine or getattr(self.default, channel) or getattr(BUILT_IN, channel)
        )
        return found

    def readers(self, kind: DigestKind) -> tuple[str, ...]:
        """Mail addresses of those who read a digest."""
        named: tuple[str, ...] | None = getattr(self.digests, kind)
        return self.addresses("mail", "") if named is None else named


def routing_of(definitions: Definitions) -> Routing:
    """The routing that definitions declare; the defaults where there is none.

    Raises:
        DefinitionError: with every mistake in `routing.yaml`.
    """
    for entry in definitions.entries("routing"):
        return entry.parse(Routing)
    return Routing()


def routing_in_document(document: Mapping[str, Any]) -> Routing:
    """The routing of a compiled definition version; the defaults where it is wrong.

    So that somebody is told, also of a routing that is wrong.
    """
    try:
        return Routing.model_validate(document.get("routing", {}).get("routing", {}))
    except ValidationError:
        log.error("The routing is wrong, see `monstera check`: the defaults are used.")
        return Routing()


def check_routing(definitions: Definitions) -> list[Problem]:
    """Every mistake in `routing.yaml`."""
    try:
        routing_of(definitions)
    except DefinitionError as error:
        return list(error.problems)
    return []

"""Who gets what: `routing.yaml` maps a priority and an owner to channels and receivers."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from monstera.definitions import DefinitionError, Definitions, Problem
from monstera.definitions.model import Definition

Channel = Literal["mail"]
_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_SENDER = re.compile(rf"({_ADDRESS.pattern}|[\w .'&-]+ <{_ADDRESS.pattern}>)")
_WEB_FOLDER = re.compile(r"https?://[^\s<>\"']+/")


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise ValueError(f"expected a mail address such as team@example.com, found {text!r}")
    return text


def _sender(text: str) -> str:
    if not _SENDER.fullmatch(text):
        raise ValueError(f"expected Name <name@example.com>, found {text!r}")
    return text


def _web_folder(text: str) -> str:
    if not _WEB_FOLDER.fullmatch(text):
        raise ValueError(f"expected an address such as https://example.com/docs/, found {text!r}")
    return text


Channels = Annotated[tuple[Channel, ...], Field(strict=False)]
Addresses = Annotated[
    tuple[Annotated[str, AfterValidator(_address)], ...], Field(strict=False, min_length=1)
]


class Receivers(Definition):
    """Addresses by channel."""

    mail: Addresses = ("data-team@example.com",)


class ByPriority(Definition):
    """Channels by priority, all of them at once; none: it waits for the daily digest."""

    P0: Channels = ("mail",)
    P1: Channels = ("mail",)
    P2: Channels = ("mail",)
    P3: Channels = ()


class Routing(Definition):
    """`routing.yaml`.

    `runbooks` is the web folder that the runbooks' paths are relative to; without it messages
    name the path only.
    """

    sender: Annotated[str, AfterValidator(_sender)] = "Monstera <monstera@example.com>"
    runbooks: Annotated[str, AfterValidator(_web_folder)] | None = None
    channels: ByPriority = ByPriority()
    default: Receivers = Receivers()
    owners: dict[str, Receivers] = Field(default_factory=dict)

    def receivers(
        self, priority: str, owner: str, channels: tuple[str, ...] | None = None
    ) -> list[tuple[str, str]]:
        """Channel and address of everybody who gets an owner's alert of a priority.

        Args:
            channels: those that the rule names itself; None: by priority.
        """
        receivers = self.owners.get(owner, self.default)
        by_priority: tuple[str, ...] = getattr(self.channels, priority)
        return [
            (channel, address)
            for channel in (by_priority if channels is None else channels)
            for address in getattr(receivers, channel)
        ]


def routing_of(definitions: Definitions) -> Routing:
    """The routing that definitions declare; the defaults where there is none.

    Raises:
        DefinitionError: with every mistake in `routing.yaml`.
    """
    for entry in definitions.entries("routing"):
        return entry.parse(Routing)
    return Routing()


def check_routing(definitions: Definitions) -> list[Problem]:
    """Every mistake in `routing.yaml`."""
    try:
        routing_of(definitions)
    except DefinitionError as error:
        return list(error.problems)
    return []

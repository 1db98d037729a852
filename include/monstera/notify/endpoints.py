"""JSON to a web address: what the channels Slack, PagerDuty and webhook have in common."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from monstera.notify.channels import MessageRefused, NotSetUp, ReceiverDown

TIMEOUT = 10.0
"""Seconds to wait for the receiver at each step."""
LONGEST_RETRY_AFTER = timedelta(days=1)
COMES_BACK = {httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_MANY_REQUESTS}


@dataclass(frozen=True)
class Endpoint:
    """A web address and the secret that opens it; either may be all there is to know."""

    url: str = field(repr=False)  # of Slack's, the path is the secret
    secret: str | None = field(default=None, repr=False)


Endpoints = Callable[[str], Endpoint | None]
"""The endpoint of a connection's name; None where there is no such connection."""


def as_json(body: Any) -> bytes:
    """A body as it is sent."""
    return json.dumps(body, ensure_ascii=False).encode()


def endpoint_of(endpoints: Endpoints, name: str) -> Endpoint:
    """The endpoint of a connection.

    Raises:
        NotSetUp: there is no such connection.
    """
    found = endpoints(name)
    if found is None:
        raise NotSetUp(f"there is no connection {name}")
    return found


def post_json(
    url: str, content: bytes, *, headers: Mapping[str, str] | None = None, timeout: float = TIMEOUT
) -> None:
    """Posts JSON; returns only when the receiver answered that it took it.

    Errors name the host and the status, never the path, which may be a secret.

    Raises:
        MessageRefused: the receiver answered with a status from 300 that waiting does not heal.
        ReceiverDown: it does not answer, is in trouble, or wants to be left alone for a while.
    """
    sent = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
    try:
        with httpx.stream("POST", url, content=content, headers=sent, timeout=timeout) as answer:
            status, wait = answer.status_code, answer.headers.get("Retry-After")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ReceiverDown(f"{_host(url)}: {type(error).__name__}") from None
    if httpx.codes.is_success(status):
        return
    said = f"{_host(url)} answered {status}"
    if status in COMES_BACK or httpx.codes.is_server_error(status):
        raise ReceiverDown(said, _seconds(wait))
    raise MessageRefused(said)


def _host(url: str) -> str:
    try:
        return httpx.URL(url).host or "no host"
    except httpx.InvalidURL:
        return "no address"


def _seconds(text: str | None) -> timedelta | None:
    """What `Retry-After` says, in seconds or as a date."""
    if text is None:
        return None
    try:
        wait = (
            timedelta(seconds=int(text))
            if text.strip().isdigit()
            else parsedate_to_datetime(text) - datetime.now(UTC)
        )
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(wait, timedelta()), LONGEST_RETRY_AFTER)

"""A real SMTP server, and incidents with messages to send."""

import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from monstera.notify import Links, MailWriter, Notice, Routing, SmtpChannel, SmtpSettings
from monstera.notify.message import Kind
from monstera.notify.outbox import Letter, post
from monstera.warehouse import Warehouse

NOW = datetime(2026, 1, 12, 1, tzinfo=UTC)
NO_LINKS = Links(Routing())


class Inbox:
    """Takes mail as a server does, and keeps what it took as a mail program reads it."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.refuse: dict[str, str] = {}

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        """Refuses the addresses that it is told to."""
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Keeps a mail."""
        mail = BytesParser(policy=policy.default).parsebytes(envelope.original_content)
        self.mails.append(mail)
        self.recipients += envelope.rcpt_tos
        return "250 OK"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def inbox() -> Inbox:
    """What the server has taken."""
    return Inbox()


@pytest.fixture
def mail_server(inbox: Inbox) -> Iterator[Controller]:
    """A mail server on a free port."""
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    if controller.server is not None:
        controller.stop(no_assert=True)


@pytest.fixture
def strict_server(inbox: Inbox) -> Iterator[Controller]:
    """A mail server that lets in `monstera` with the password `leaf` only."""

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
        is_known = (data.login, data.password) == (b"monstera", b"leaf")
        return AuthResult(success=is_known, handled=False)

    controller = Controller(
        inbox, hostname="127.0.0.1", port=free_port(), authenticator=authenticate,
        auth_required=True, auth_require_tls=False,
    )  # fmt: skip
    controller.start()
    yield controller
    controller.stop(no_assert=True)


@pytest.fixture
def mail(mail_server: Controller) -> SmtpChannel:
    """The channel to that server."""
    settings = SmtpSettings(host="127.0.0.1", port=mail_server.port, timeout=5)
    return SmtpChannel(settings, MailWriter(Routing()), clock=lambda: NOW)


def notice(incident_id: int = 1, **changes: Any) -> Notice:
    """A notice as the churn rule writes it."""
    words: dict[str, Any] = {
        "incident_id": incident_id,
        "rule_id": "users_churn_rate_jump",
        "title": "Users Churn Rate Weekly up 31 %",
        "sentence": "Users Churn Rate Weekly was 2.75 % in the week of 5 January 2026, up 31 % on "
        "the week before (2.1 %). The limit is +20 %, which is 2.5 %.",
        "numbers": (("Value", "2.75 %"), ("Compared with", "2.1 %"), ("Limit", "2.5 %")),
        "since": "5 January 2026",
        "owner": "growth",
        "priority": "P1",
        "runbook": "docs/runbooks/churn.md",
    }
    return Notice(**{**words, **changes})


def new_incident(connection: Any, at: datetime) -> int:
    """Number of a new incident."""
    row = connection.execute(
        "insert into ops.alert_incidents (fingerprint, rule_id, owner, priority, runbook,"
        " opened_at, opened_on, last_seen_at, last_seen_on, is_live)"
        " values (gen_random_uuid()::text, 'r', 'growth', 'P1', 'x', %(at)s, %(at)s,"
        " %(at)s, %(at)s, true) returning incident_id",
        {"at": at},
    ).fetchone()
    return int(row[0])


@pytest.fixture
def write(warehouse: Warehouse) -> Callable[..., int]:
    """Writes a fire of a new incident to the outbox; returns the incident's number."""

    def write(
        *receivers: str, at: datetime = NOW, channel: str = "mail", kind: Kind = "fire",
        incident_id: int | None = None, **changes: Any,
    ) -> int:  # fmt: skip
        with warehouse.connect() as connection:
            incident_id = incident_id or new_incident(connection, at)
            letters = [
                Letter(channel, receiver, kind, 0, f"r{incident_id}@{at}",
                       notice(incident_id, **{"key": f"incident-{incident_id}", **changes}))
                for receiver in receivers or ("growth@example.com",)
            ]  # fmt: skip
            post(connection, letters, at)
        return incident_id

    return write

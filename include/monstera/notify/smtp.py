"""Mail over SMTP."""

import smtplib
import ssl
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from monstera.notify.channels import ChannelDown, ChannelError, MessageRefused
from monstera.notify.mail import MailWriter
from monstera.notify.message import Message


@dataclass(frozen=True)
class SmtpSettings:
    """How to reach the mail server.

    Attributes:
        ssl: TLS from the first byte (usually port 465).
        starttls: TLS after the greeting (usually port 587); refused where the server cannot, and
            of no meaning with `ssl`.
        timeout: seconds to wait for the server at each step.
    """

    host: str
    port: int = 25
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    ssl: bool = False
    starttls: bool = False
    timeout: float = 30.0


@dataclass(frozen=True)
class SmtpChannel:
    """Sends each message as a mail, over a connection of its own."""

    settings: SmtpSettings
    writer: MailWriter
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def send(self, message: Message) -> None:
        """Hands the mail to the server.

        Raises:
            MessageRefused: the server will not take this mail, ChannelError: not now.
            ChannelDown: the server cannot be reached, or does not let us in.
        """
        mail = self.writer.write(message, self.clock())
        try:
            with closing(self._connect()) as server:
                server.send_message(mail)
                with suppress(smtplib.SMTPException, OSError):  # the mail is taken all the same
                    server.quit()
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as error:
            kind = MessageRefused if _is_for_good(error) else ChannelError
            raise kind(f"mail refused: {_codes(error)}") from None
        except (smtplib.SMTPException, OSError) as error:
            place = f"{self.settings.host}:{self.settings.port}"
            raise ChannelDown(f"no mail through {place}: {_codes(error)}") from None

    def _connect(self) -> smtplib.SMTP:
        settings = self.settings
        if settings.ssl:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host, settings.port, timeout=settings.timeout,
                context=ssl.create_default_context(),
            )  # fmt: skip
        else:
            server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout)
        try:
            if settings.starttls and not settings.ssl:
                server.starttls(context=ssl.create_default_context())
            if settings.login:
                server.login(settings.login, settings.password or "")
        except BaseException:
            server.close()
            raise
        return server


def _is_for_good(error: smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError) -> bool:
    """Whether the server's codes say that trying again is of no use (5xx), and not later (4xx)."""
    if isinstance(error, smtplib.SMTPDataError):
        return error.smtp_code >= 500
    return all(code >= 500 for code, _ in error.recipients.values())


def _codes(error: Exception) -> str:
    """The kind of error and the server's codes, without texts that may hold what was sent."""
    codes: list[object] = []
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
    elif isinstance(error, smtplib.SMTPResponseException):
        codes = [error.smtp_code]
    elif isinstance(error, OSError) and error.errno:
        codes = [error.errno]
    return " ".join(map(str, [type(error).__name__, *codes]))

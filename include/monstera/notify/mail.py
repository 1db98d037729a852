"""A message as mail: HTML and plain text that say the same."""

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import cached_property
from itertools import islice
from pathlib import Path

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from monstera.notify.chart import DARK, LIGHT, describe, draw
from monstera.notify.links import Links, commands
from monstera.notify.message import Message
from monstera.notify.routing import Routing
from monstera.notify.series import Series
from monstera.notify.words import one_line

TEMPLATES = Path(__file__).parent / "templates"
SIGNATURE = "Monstera"
# Headers are not folded: the standard library doubles blanks where it folds them.
POLICY = SMTP.clone(max_line_length=900)
MAX_SUBJECT = 150
MAX_CHARTS = 3


@dataclass(frozen=True)
class MailWriter:
    """Writes messages as mail, in the name of the sender that routing names."""

    routing: Routing

    def write(self, message: Message, written_at: datetime) -> EmailMessage:
        """The mail; the same message makes the same mail but for the date."""
        mail = EmailMessage(policy=POLICY)
        mail["Subject"] = subject(message)
        mail["From"] = self._sender
        mail["To"] = Address(addr_spec=message.receiver)
        mail["Date"] = format_datetime(written_at)
        mail["Message-ID"] = self._reference(str(message.message_id))
        if message.threads:
            mail["References"] = " ".join(map(self._reference, message.threads))
        if len(message.threads) == 1:
            mail["In-Reply-To"] = self._reference(message.threads[0])
        mail["List-Id"] = f"Monstera alerts <alerts.{self._sender.domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        if message.priority in {"P0", "P1"} and message.is_news:
            mail["Importance"] = "high"
        self._fill(mail, message)
        return mail

    def page(self, message: Message) -> str:
        """The HTML alone, with its pictures inside: for a browser."""
        body = self._body(message)
        html = body.html
        for name, picture in body.pictures.items():
            data = b64encode(picture).decode()
            html = html.replace(f"cid:{name}", f"data:image/png;base64,{data}")
        return html

    def text(self, message: Message) -> str:
        """The plain text alone."""
        return self._body(message).text

    def _fill(self, mail: EmailMessage, message: Message) -> None:
        """Plain text, HTML, and the pictures that the HTML shows."""
        body = self._body(message)
        mail.set_content(body.text)
        mail.add_alternative(body.html, subtype="html")
        _, page = mail.iter_parts()
        for name, picture in body.pictures.items():
            page.add_related(picture, "image", "png", cid=f"<{name}>", disposition="inline")

    def _body(self, message: Message) -> "_Body":
        charts = {}
        for number, (key, series) in enumerate(_charted(message)):
            name = f"{message.message_id}.{number}"
            names = (self._reference(f"{name}.{ground}") for ground in ("light", "dark"))
            charts[key] = _Chart(series, *(name.strip("<>") for name in names))
        words = {
            "message": message,
            "subject": subject(message),
            "links": Links(self.routing),
            "commands": commands,
            "charts": charts,
            "is_open": message.is_open,
        }
        kind = "alert" if message.digest is None else "digest"
        html = _html.get_template(f"{kind}.html.j2").render(words)
        return _Body(
            text=_text.get_template(f"{kind}.txt.j2").render(words),
            html=css_inline.inline(html, keep_style_tags=True),
            pictures={
                name: draw(chart.series, palette, is_over=not message.is_open)
                for chart in charts.values()
                for name, palette in ((chart.light, LIGHT), (chart.dark, DARK))
            },
        )

    @cached_property
    def _sender(self) -> Address:
        name, address = parseaddr(self.routing.sender)
        return Address(display_name=name, addr_spec=address)

    def _reference(self, message_id: str) -> str:
        return f"<{message_id}@monstera.{self._sender.domain}>"


@dataclass(frozen=True)
class _Chart:
    """A chart with the content ids of its pictures on light and on dark ground."""

    series: Series
    light: str
    dark: str

    @property
    def alt(self) -> str:
        return describe(self.series)


@dataclass(frozen=True)
class _Body:
    """Both parts of a mail, and the pictures of the HTML by content id."""

    text: str
    html: str
    pictures: dict[str, bytes]


def _charted(message: Message) -> Iterator[tuple[int | str, Series]]:
    """Incident or metric, and series, of what gets a chart: the worst or what moved most."""
    if message.digest is not None:
        return ((series.name, series) for series in message.digest.charts[:MAX_CHARTS])
    said = (n for section in message.sections() for n in section.notices if not section.is_brief)
    return islice(((n.incident_id, n.series) for n in said if n.series is not None), MAX_CHARTS)


def subject(message: Message) -> str:
    """`[P1] Users Churn Rate Weekly up 31 % · Monstera`, in one line whatever data says."""
    return f"{one_line(f'[{message.label}] {message.headline}', MAX_SUBJECT)} · {SIGNATURE}"


def _environment(autoescape: bool) -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _nobreak(text: str) -> str:
    """Keeps numbers and their units on one line."""
    return re.sub(r"(?<=\d) (?=(%|h|points)\b|%)", "\N{NO-BREAK SPACE}", text)


_html = _environment(autoescape=True)
_html.filters["nobreak"] = _nobreak
_text = _environment(autoescape=False)

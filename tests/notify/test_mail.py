"""What a mail says and how: both parts the same, nothing from data taken as markup or header."""

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from html.parser import HTMLParser
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monstera.notify import MailWriter, Message, Notice, Routing
from monstera.notify.mail import subject

NOW = datetime(2026, 1, 12, 1, tzinfo=UTC)
ID = UUID(int=7)
EARLIER = str(UUID(int=3))


def notice(number: int = 1, **changes) -> Notice:
    words = {
        "incident_id": number,
        "rule_id": "users_churn_rate_jump",
        "title": "Users Churn Rate Weekly up 31 %",
        "sentence": "Users Churn Rate Weekly was 2.75 % in the week of 5 January 2026.",
        "numbers": (("Value", "2.75 %"), ("Compared with", "2.1 %"), ("Limit", "2.52 %")),
        "since": "5 January 2026",
        "owner": "growth",
        "priority": "P1",
        "runbook": "docs/runbooks/churn.md",
    }
    return Notice(**{**words, **changes})


def message(*notices: Notice, kind="fire") -> Message:
    return Message(ID, "mail", "growth@example.com", kind, "growth", "P1", notices or (notice(),))


def write(of: Message, **routing) -> EmailMessage:
    return MailWriter(Routing(**routing)).write(of, NOW)


class Reader(HTMLParser):
    """What a reader sees of HTML, and the tags and attributes it is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.inside: list[str] = []

    def handle_starttag(self, tag, attributes) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}
        self.inside.append(tag)

    def handle_endtag(self, tag) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data) -> None:
        if not {"style", "title"} & set(self.inside):
            self.words += data.split()


def read(mail: EmailMessage) -> tuple[str, str, Reader]:
    """Plain text, visible words of the HTML, and its reader."""
    text = mail.get_body(("plain",)).get_content()
    reader = Reader()
    reader.feed(mail.get_body(("html",)).get_content())
    return " ".join(text.split()), " ".join(reader.words), reader


TAGS = read(write(message()))[2].tags
ATTRIBUTES = read(write(message()))[2].attributes


def test_both_parts_say_the_same() -> None:
    text, html, _ = read(write(message(notice(holds_back=("Another Metric up 3 %",)))))
    for fact in ("was 2.75 % in the week of 5 January 2026", "Value", "2.75 %", "Compared with",
                 "2.1 %", "Limit", "2.52 %", "growth", "docs/runbooks/churn.md",
                 "Another Metric up 3 %", "monstera alerts ack 1"):  # fmt: skip
        assert fact in text
        assert fact in html
    assert "Users Churn Rate Weekly up 31 %" in text
    assert "Users Churn Rate Weekly up 31 %" in html


def test_headers() -> None:
    mail = write(message())
    assert mail["Subject"] == "[P1] Users Churn Rate Weekly up 31 % · Monstera"
    assert mail["From"] == "Monstera <monstera@example.com>"
    assert mail["To"] == "growth@example.com"
    assert mail["Date"] == "Mon, 12 Jan 2026 01:00:00 +0000"
    assert mail["Message-ID"] == f"<{ID}@monstera.example.com>"
    assert mail["List-Id"] == "Monstera alerts <alerts.example.com>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["References"] is None
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_what_follows_up_is_in_the_same_thread() -> None:
    mail = write(message(notice(thread=EARLIER), kind="resolve"))
    assert mail["Subject"].startswith("[P1 resolved] ")
    assert mail["In-Reply-To"] == mail["References"] == f"<{EARLIER}@monstera.example.com>"
    assert "alerts ack" not in read(mail)[0]


def test_the_runbook_is_a_link_where_its_web_folder_is_known() -> None:
    html = write(message(), runbooks="https://example.com/repo/").get_body(("html",)).get_content()
    assert 'href="https://example.com/repo/docs/runbooks/churn.md"' in html
    assert "href" not in write(message()).get_body(("html",)).get_content()


def test_several_alerts_of_one_owner_are_one_mail_headed_by_the_worst() -> None:
    others = [notice(n, rule_id=f"rule_{n}", title=f"Metric {n}", severity=n) for n in (1, 2, 3)]
    mail = write(message(*others))
    assert mail["Subject"] == "[P1] Metric 3 and 2 more alerts · Monstera"
    text, html, _ = read(mail)
    for number in (1, 2, 3):
        assert f"Metric {number}" in text
        assert f"Metric {number}" in html


def test_very_many_segments_of_a_rule_become_the_worst_three_and_a_line() -> None:
    many = [notice(n, title=f"Churn up (C{n:02})", severity=n) for n in range(12)]
    text, html, _ = read(write(message(*many)))
    for words in (text, html):
        assert [f"C{n:02}" for n in range(12) if f"(C{n:02})" in words] == ["C09", "C10", "C11"]
        assert "9 more of users_churn_rate_jump" in words


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><a href="javascript:alert(1)">',
    "{{ 7 * 7 }}{% raw %}",
    "line\r\nBcc: victim@example.com\r\n\r\nbody",
    "\u202eevil\u2028\x00\x1b[31m",
    "</style></table>" * 3,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_content_is_text_and_nothing_else(text: str) -> None:
    bad = notice(title=text, sentence=text, numbers=((text, text),), since=text, owner=text,
                 runbook=text, rule_id=text, holds_back=(text,))  # fmt: skip
    mail = write(Message(ID, "mail", "growth@example.com", "fire", text, "P1", (bad,)))
    _, html, reader = read(mail)
    assert reader.tags == TAGS
    assert reader.attributes == ATTRIBUTES
    assert "49" not in html
    raw = mail.as_bytes().decode()
    headers = raw.split("\r\n\r\n", 1)[0]
    assert not re.search(r"(?im)^(bcc|body)", headers)
    assert len(mail["Subject"].splitlines()) == 1


def test_a_number_keeps_its_unit_on_its_line() -> None:
    html = write(message()).get_body(("html",)).get_content()
    assert "up 31\N{NO-BREAK SPACE}%" in unescape(html)


@given(st.text(max_size=300))
def test_a_subject_is_always_one_printable_line(title: str) -> None:
    line = subject(message(notice(title=title)))
    assert line.isprintable()
    assert line.endswith(" · Monstera")
    assert len(line) < 175
    mail = write(message(notice(title=title))).as_bytes()
    assert max(map(len, mail.split(b"\r\n"))) < 998
    assert message_from_bytes(mail, policy=policy.default)["Subject"] == line


@pytest.mark.parametrize("receiver", ["a@example.com\r\nBcc: b@example.com", "a@b, c@d", "nobody"])
def test_a_receiver_is_one_address_or_refused(receiver: str) -> None:
    with pytest.raises(ValueError):
        Routing(default={"mail": [receiver]})

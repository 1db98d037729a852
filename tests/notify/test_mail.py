"""What a mail says and how: both parts the same, nothing from data taken as markup or header."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from html.parser import HTMLParser
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monstera.notify import MailWriter, Message, Notice, Routing
from monstera.notify.chart import DARK, describe, draw
from monstera.notify.mail import subject
from monstera.notify.series import Series

from .conftest import NOW, notice

ID = UUID(int=7)
EARLIER = str(UUID(int=3))


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


SERIES = Series(
    "Users Churn Rate Weekly", "share", "week",
    tuple((f"2025-{month:02}-01", 0.02 + month / 1000) for month in range(1, 13)),
    value="3.2 %", limit=0.025, limit_text="2.5 %",
)  # fmt: skip
MOVERS = (("Country DE", "+0.4 points"), ("Plan type free", "+0.1 points"))


TAGS = read(write(message(notice(movers=MOVERS))))[2].tags
ATTRIBUTES = read(write(message(notice(movers=MOVERS))))[2].attributes


def test_both_parts_say_the_same() -> None:
    text, html, _ = read(write(message(notice(holds_back=("Another Metric up 3 %",)))))
    for fact in ("was 2.75 % in the week of 5 January 2026", "Value", "2.75 %", "Compared with",
                 "2.1 %", "Limit", "2.5 %", "growth", "docs/runbooks/churn.md",
                 "Another Metric up 3 %", "monstera alerts ack 1"):  # fmt: skip
        assert fact in text
        assert fact in html
    assert "Users Churn Rate Weekly up 31 %" in text
    assert "Users Churn Rate Weekly up 31 %" in html


def test_the_chart_is_inside_the_mail_and_said_in_words() -> None:
    mail = write(message(notice(series=SERIES, movers=MOVERS)))
    html = mail.get_body(("related", "html"))
    pictures = {part["Content-ID"].strip("<>"): part for part in mail.walk()
                if part.get_content_type() == "image/png"}  # fmt: skip
    assert len(pictures) == 2  # on light and on dark ground
    page = next(part for part in html.walk() if part.get_content_type() == "text/html")
    shown = re.findall(r'<img[^>]*src="cid:([^"]+)"', page.get_content())
    assert set(shown) == set(pictures)
    for picture in pictures.values():
        assert picture.get_content().startswith(b"\x89PNG")
        assert picture["Content-Disposition"] == "inline"
    described = "over 12 weeks, 1 Jan to 1 Dec"
    alts = re.findall(r'<img[^>]*alt="([^"]+)"', page.get_content())
    text = mail.get_body(("plain",)).get_content()
    for words in (*alts, text):
        assert described in words
        assert "between 2.1 % and 3.2 %, at the end 3.2 %. The limit is 2.5 %." in words


def test_the_same_message_draws_the_same_pictures() -> None:
    mails = [write(message(notice(series=SERIES))) for _ in range(2)]
    first, again = (
        [part.get_content() for part in mail.walk() if part.get_content_type() == "image/png"]
        for mail in mails
    )
    assert first == again


def test_only_the_worst_three_have_charts() -> None:
    mail = write(message(*(notice(n, rule_id=f"rule_{n}", series=SERIES) for n in range(6))))
    assert sum(part.get_content_type() == "image/png" for part in mail.walk()) == 2 * 3


@pytest.mark.parametrize("values", [(0.0, 0.0), (5.0, 5.0, 5.0), (-1e9, 1e12), (1e-9, 2e-9)])
@pytest.mark.parametrize("limit", [None, 0.0, 1e15])
def test_any_values_can_be_drawn(values, limit) -> None:
    points = tuple((f"2026-01-0{n + 1}", value) for n, value in enumerate(values))
    series = Series("Name $x^2$ <b>", "users", "day", points, "1", limit, "2")
    assert draw(series, DARK).startswith(b"\x89PNG")
    assert describe(series)


@pytest.mark.parametrize(
    ("unit", "lowest", "highest", "words"),
    [
        ("users", 995.0, 999.7, "between 995 and 1k"),
        ("money", 900000.25, 999600.0, "between 900k and 1M"),
        ("ratio", 0.00001, 120.0, "between 0.00001 and 120"),
        ("share", 0.0512, 10.0, "between 5.12 % and 1000 %"),
    ],
)
def test_values_are_told_in_three_digits_and_no_exponents(unit, lowest, highest, words) -> None:
    points = (("2026-01-01", lowest), ("2026-01-02", highest))
    assert f": {words}, at the end 1." in describe(Series("Name", unit, "day", points, "1"))


def test_what_moved_it_is_said_in_both_parts() -> None:
    text, html, _ = read(write(message(notice(movers=MOVERS))))
    for words in (text, html):
        assert "What moved it most" in words
        for label, moved in MOVERS:
            assert label in words and moved in words.replace("\N{NO-BREAK SPACE}", " ")


def test_pages_are_linked_where_their_folder_is_known() -> None:
    mail = write(message(notice(7, metric_id="churn")), pages="https://example.com/m/")
    html = mail.get_body(("html",)).get_content()
    text = mail.get_body(("plain",)).get_content()
    pages = ("", "#acknowledge", "#silence", "#verdict")
    for path in (*(f"incidents/7{part}" for part in pages), "metrics/churn", "catalog/churn"):
        assert f'href="https://example.com/m/{path}"' in html
        assert f"https://example.com/m/{path}\n" in text
    resolved = write(message(notice(7), kind="resolve"), pages="https://example.com/m/")
    assert "#acknowledge" not in resolved.get_body(("html",)).get_content()


def test_what_to_type_is_said() -> None:
    text, html, _ = read(write(message(notice(7))))
    for words in (text, html):
        assert "monstera alerts ack 7" in words
        assert "monstera alerts silence --rule users_churn_rate_jump --for 4h" in words
        assert "monstera alerts verdict 7 true_positive" in words


def test_of_very_many_rules_the_worst_ten_are_told_at_length() -> None:
    many = [notice(n, rule_id=f"rule_{n}", title=f"Metric {n}", numbers=(("Value", f"v{n}"),),
                   severity=n) for n in range(15)]  # fmt: skip
    text, html, _ = read(write(message(*many)))
    for words in (text, html):
        assert all(f"Metric {n} " in words for n in range(15))
        assert [n for n in range(15) if f"v{n} " in words] == list(range(5, 15))


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
    '=HYPERLINK("http://evil.example")',
    "\u0645\u062b\u0627\u0644 \u202e\u2067 right to left",
    "x" * 100_000,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_content_is_text_and_nothing_else(text: str) -> None:
    bad = notice(title=text, sentence=text, numbers=((text, text),), since=text, owner=text,
                 runbook=text, rule_id=text, holds_back=(text,),
                 movers=((text, text),))  # fmt: skip
    mail = write(Message(ID, "mail", "growth@example.com", "fire", text, "P1", (bad,)))
    _, html, reader = read(mail)
    assert reader.tags == TAGS
    assert reader.attributes == ATTRIBUTES
    assert "49" not in html
    raw = mail.as_bytes().decode()
    headers = raw.split("\r\n\r\n", 1)[0]
    assert not re.search(r"(?im)^(bcc|body)", headers)
    assert len(mail["Subject"].splitlines()) == 1
    plain = mail.get_body(("plain",)).get_content()
    assert all(c.isprintable() for c in plain.replace("\n", ""))
    assert not re.search(r"(?im)^bcc", plain)
    assert len(raw) < 100_000


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

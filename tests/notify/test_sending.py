"""Sending over a real mail server: every message arrives, once, whatever breaks."""

import threading
from datetime import timedelta
from email import message_from_bytes, policy
from html import unescape
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller

from monstera.notify import (
    ChannelDown,
    FolderChannel,
    MailWriter,
    Message,
    Routing,
    SmtpChannel,
    SmtpSettings,
    send_due,
)
from monstera.notify.outbox import Letter, post

from .conftest import NOW, notice


def rows(warehouse) -> list[tuple]:
    with warehouse.connect() as connection:
        return connection.execute(
            "select attempts, sent_at is not null, last_error from ops.notification_outbox"
            " order by outbox_id"
        ).fetchall()


def test_a_mail_arrives_as_it_was_meant(warehouse, write, mail, inbox) -> None:
    write()
    delivery = send_due(warehouse, {"mail": mail}, NOW)
    assert (delivery.sent, delivery.failed) == (1, 0)
    (received,) = inbox.mails
    assert inbox.recipients == ["growth@example.com"]
    assert received["Subject"] == "[P1] Users Churn Rate Weekly up 31 % · Monstera"
    assert received.get_content_type() == "multipart/alternative"
    for kind in ("plain", "html"):
        content = " ".join(unescape(received.get_body((kind,)).get_content()).split())
        for number in ("2.75 %", "2.1 %", "2.5 %", "31 %"):
            assert number in content
    assert rows(warehouse) == [(1, True, None)]


def test_what_a_server_has_taken_is_sent_however_it_says_goodbye(
    warehouse, write, mail, inbox, monkeypatch
) -> None:
    async def goodbye(*_: object) -> str:
        return "421 too busy for courtesies"

    monkeypatch.setattr(inbox, "handle_QUIT", goodbye, raising=False)
    write()
    delivery = send_due(warehouse, {"mail": mail}, NOW)
    assert (len(inbox.mails), delivery.sent, delivery.failed) == (1, 1, 0)


def test_what_was_sent_is_not_sent_again(warehouse, write, mail, inbox) -> None:
    write()
    for hours in range(3):
        send_due(warehouse, {"mail": mail}, NOW + timedelta(hours=hours))
    assert len(inbox.mails) == 1


def test_a_server_that_is_down_for_a_while_loses_nothing(
    warehouse, write, mail_server, mail, inbox
) -> None:
    for number in range(3):
        write(f"team{number}@example.com")
    mail_server.stop()
    assert send_due(warehouse, {"mail": mail}, NOW).failed == 1  # it does not try them all
    attempts = [row[0] for row in rows(warehouse)]
    assert sorted(attempts) == [0, 0, 1]
    assert "ConnectionRefusedError" in str(rows(warehouse))
    for minutes in (1, 3, 7):
        send_due(warehouse, {"mail": mail}, NOW + timedelta(minutes=minutes))
    assert inbox.mails == []
    again = Controller(inbox, hostname="127.0.0.1", port=mail_server.port)
    again.start()
    try:
        for minutes in (8, 30, 60):
            send_due(warehouse, {"mail": mail}, NOW + timedelta(minutes=minutes))
    finally:
        again.stop()
    assert sorted(inbox.recipients) == [f"team{n}@example.com" for n in range(3)]
    assert all(is_sent for _, is_sent, _ in rows(warehouse))


def test_the_pauses_grow_to_a_quarter_of_an_hour(warehouse, write, mail, mail_server) -> None:
    mail_server.stop()
    write()
    pauses, now = [], NOW
    for _ in range(9):
        send_due(warehouse, {"mail": mail}, now)
        with warehouse.connect() as connection:
            ((next_attempt_at,),) = connection.execute(
                "select next_attempt_at from ops.notification_outbox"
            ).fetchall()
        pauses.append((next_attempt_at - now) / timedelta(minutes=1))
        assert send_due(warehouse, {"mail": mail}, next_attempt_at - timedelta(seconds=1)) == (
            send_due(warehouse, {}, now)
        )
        now = next_attempt_at
    assert pauses == [1, 2, 4, 8, 15, 15, 15, 15, 15]


def test_a_refused_receiver_does_not_stop_the_others(warehouse, write, mail, inbox) -> None:
    inbox.refuse["gone@example.com"] = "550 no such user gone@example.com"
    write("gone@example.com")
    write("here@example.com")
    delivery = send_due(warehouse, {"mail": mail}, NOW)
    assert (delivery.sent, delivery.failed) == (1, 1)
    assert inbox.recipients == ["here@example.com"]
    assert rows(warehouse)[0] == (1, False, "mail refused: SMTPRecipientsRefused 550")


def test_alerts_of_one_message_travel_together(warehouse, write, mail, inbox) -> None:
    first, second = write("x@example.com"), write("x@example.com")
    with warehouse.connect() as connection:
        connection.execute("delete from ops.notification_outbox")
        post(
            connection,
            [Letter("mail", "x@example.com", "fire", 0, str(n), notice(n, title=f"Number {n}"))
             for n in (first, second)],
            NOW,
        )  # fmt: skip
        connection.execute(  # the first of the two is over before it left
            "update ops.notification_outbox set cancelled_at = now() where position = 0"
        )
    send_due(warehouse, {"mail": mail}, NOW)
    (received,) = inbox.mails
    assert "Number" in received["Subject"] and "more" not in received["Subject"]
    assert send_due(warehouse, {"mail": mail}, NOW + timedelta(hours=2)).sent == 0


def test_many_senders_at_once_send_each_message_once(warehouse, write, mail, inbox) -> None:
    for number in range(20):
        write(f"team{number}@example.com")
    threads = [
        threading.Thread(target=send_due, args=(warehouse, {"mail": mail}, NOW)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(inbox.recipients) == sorted(f"team{n}@example.com" for n in range(20))


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_server_that_wants_a_password_gets_it(warehouse, write, strict_server) -> None:
    write()
    wrong, right = (
        SmtpChannel(
            SmtpSettings("127.0.0.1", strict_server.port, login="monstera", password=password),
            MailWriter(Routing()),
        )
        for password in ("guess", "leaf")
    )
    assert send_due(warehouse, {"mail": wrong}, NOW).failed == 1
    ((_, _, error),) = rows(warehouse)
    assert "SMTPAuthenticationError 535" in error
    assert "guess" not in error + repr(wrong)
    assert send_due(warehouse, {"mail": right}, NOW + timedelta(hours=1)).sent == 1


def test_no_tls_is_not_silently_plain_text(warehouse, write, mail_server, inbox) -> None:
    write()
    channel = SmtpChannel(
        SmtpSettings("127.0.0.1", mail_server.port, starttls=True), MailWriter(Routing())
    )
    assert send_due(warehouse, {"mail": channel}, NOW).failed == 1
    assert inbox.mails == []


def test_a_folder_takes_mail_too(warehouse, write, tmp_path) -> None:
    write("a@example.com")
    channel = FolderChannel(tmp_path / "mails", MailWriter(Routing()), clock=lambda: NOW)
    assert send_due(warehouse, {"mail": channel}, NOW).sent == 1
    (file,) = (tmp_path / "mails").iterdir()
    assert file.name.startswith("P1-fire-") and file.suffix == ".eml"
    received = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert received["To"] == "a@example.com"


def test_a_folder_that_cannot_be_written_is_down(tmp_path, write, warehouse) -> None:
    (tmp_path / "mails").write_text("a file in the way")
    channel = FolderChannel(tmp_path / "mails", MailWriter(Routing()))
    write()
    assert send_due(warehouse, {"mail": channel}, NOW).failed == 1


def test_a_channel_without_sender_keeps_its_messages(warehouse, write) -> None:
    write()
    assert send_due(warehouse, {}, NOW).sent == 0
    assert rows(warehouse) == [(0, False, None)]


def test_errors_name_the_server_and_no_secret() -> None:
    settings = SmtpSettings("127.0.0.1", 1, login="monstera", password="leaf")
    channel = SmtpChannel(settings, MailWriter(Routing()))
    message = Message(UUID(int=1), "mail", "a@example.com", "fire", "growth", "P1", (notice(),))
    with pytest.raises(ChannelDown, match=r"127\.0\.0\.1:1: ConnectionRefusedError"):
        channel.send(message)
    assert "leaf" not in repr(settings)

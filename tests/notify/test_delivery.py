"""What holds whatever breaks: other channels are used, nothing is lost, nothing said too often."""

import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller

from monstera.notify import (
    Endpoint,
    InAppChannel,
    PagerDutyChannel,
    Routing,
    SlackChannel,
    claims,
    delivery,
    send_due,
)

from .conftest import NO_LINKS, NOW, free_port, notice
from .hooks import hooks

MINUTE = timedelta(minutes=1)
KEY = "0123456789abcdef0123456789abcdef"
ROUTING = Routing(default={"slack": ["team"]})


def rows(warehouse, columns: str, where: str = "true") -> list[tuple]:
    with warehouse.connect() as connection:
        return connection.execute(
            f"select {columns} from ops.notification_outbox where {where} order by outbox_id"
        ).fetchall()


def nobody(_: str) -> Endpoint:
    return Endpoint(f"http://127.0.0.1:{free_port()}/")


def every_five_minutes(warehouse, channels, minutes, routing=ROUTING) -> None:
    for minute in range(0, minutes + 1, 5):
        send_due(warehouse, channels, NOW + minute * MINUTE, routing)


def test_thirty_minutes_without_mail_server_lose_nothing(
    warehouse, write, mail_server, mail, inbox
) -> None:
    for number in range(5):
        write(f"team{number}@example.com")
    mail_server.stop()
    every_five_minutes(warehouse, {"mail": mail}, 30)
    assert inbox.mails == []
    again = Controller(inbox, hostname="127.0.0.1", port=mail_server.port)
    again.start()
    try:
        every_five_minutes(warehouse, {"mail": mail}, 60)
    finally:
        again.stop()
    assert sorted(inbox.recipients) == [f"team{n}@example.com" for n in range(5)]


def test_what_mail_does_not_take_for_a_quarter_of_an_hour_is_said_in_slack(
    warehouse, write, mail_server, mail
) -> None:
    write()
    mail_server.stop()
    with hooks("slack") as slack:
        channels = {"mail": mail, "slack": SlackChannel(lambda _: Endpoint(slack.url), NO_LINKS)}
        every_five_minutes(warehouse, channels, 10)
        assert slack.requests == []
        every_five_minutes(warehouse, channels, 60)
        assert len(slack.taken) == 1
    assert rows(warehouse, "channel, sent_at is null") == [("mail", True), ("slack", False)]


def test_what_somebody_took_goes_no_further(warehouse, write, mail_server, mail) -> None:
    write(priority="P2")
    mail_server.stop()
    with hooks("slack") as slack:
        endpoint = Endpoint(slack.url)
        channels = {"mail": mail, "slack": SlackChannel(lambda _: endpoint, NO_LINKS),
                    "in_app": InAppChannel()}  # fmt: skip
        every_five_minutes(warehouse, channels, 120)
        assert len(slack.taken) == 1
    assert rows(warehouse, "channel, sent_at is null") == [("mail", True), ("slack", False)]


def test_a_channel_after_the_other_until_one_takes_it(warehouse, write, mail_server, mail) -> None:
    write()
    mail_server.stop()
    channels = {"mail": mail, "slack": SlackChannel(nobody, NO_LINKS), "in_app": InAppChannel()}
    every_five_minutes(warehouse, channels, 90)
    assert rows(warehouse, "channel, sent_at is null") == [
        ("mail", True), ("slack", True), ("in_app", False),
    ]  # fmt: skip


def test_a_refused_mail_is_passed_on_at_once(warehouse, write, mail, inbox) -> None:
    inbox.refuse["growth@example.com"] = "550 no such user"
    write()
    send_due(warehouse, {"mail": mail, "in_app": InAppChannel()}, NOW, ROUTING)
    assert rows(warehouse, "channel, sent_at is null") == [("mail", True), ("in_app", False)]


def test_a_mailbox_that_is_full_for_the_moment_is_not(warehouse, write, mail, inbox) -> None:
    inbox.refuse["growth@example.com"] = "452 mailbox full"
    write()
    send_due(warehouse, {"mail": mail, "in_app": InAppChannel()}, NOW, ROUTING)
    assert rows(warehouse, "channel") == [("mail",)]


def test_what_others_were_told_already_is_not_passed_on(warehouse, write, mail) -> None:
    incident_id = write()
    write("team", channel="slack", incident_id=incident_id)
    with hooks("slack") as slack:
        slack.answers += [(404, {})] * 9
        channels = {"mail": mail, "slack": SlackChannel(lambda _: Endpoint(slack.url), NO_LINKS)}
        send_due(warehouse, channels, NOW, Routing(failover=["mail", "slack"]))
    assert rows(warehouse, "channel, sent_at is null") == [("mail", False), ("slack", True)]


def test_what_was_said_again_since_is_not_passed_on_afterwards(
    warehouse, write, mail_server, mail
) -> None:
    incident_id = write()
    write("team", channel="slack", incident_id=incident_id, kind="reminder", at=NOW + 5 * MINUTE)
    mail_server.stop()
    with hooks("slack") as slack:
        channels = {"mail": mail, "slack": SlackChannel(lambda _: Endpoint(slack.url), NO_LINKS),
                    "in_app": InAppChannel()}  # fmt: skip
        every_five_minutes(warehouse, channels, 60)
    assert rows(warehouse, "channel, kind, sent_at is null") == [
        ("mail", "fire", True), ("slack", "reminder", False),
    ]  # fmt: skip


def test_what_a_channel_has_not_taken_yet_is_not_said_again_in_its_place(
    warehouse, write, mail_server, mail
) -> None:
    incident_id = write()
    mail_server.stop()
    send_due(warehouse, {"mail": mail}, NOW)  # from now on the fire waits
    write("nobody", channel="pagerduty", incident_id=incident_id, kind="reminder")
    channels = {"mail": mail, "pagerduty": PagerDutyChannel(lambda _: None, NO_LINKS),
                "in_app": InAppChannel()}  # fmt: skip
    send_due(warehouse, channels, NOW, Routing(failover=["mail", "in_app"]))
    assert rows(warehouse, "channel, kind") == [
        ("mail", "fire"), ("pagerduty", "reminder"), ("in_app", "reminder"),
    ]  # fmt: skip


def test_the_end_is_told_to_nobody_who_was_not_told_of_the_beginning(
    warehouse, write, mail_server, mail
) -> None:
    incident_id = write()
    send_due(warehouse, {"mail": mail}, NOW)
    write(incident_id=incident_id, kind="resolve")
    mail_server.stop()
    every_five_minutes(warehouse, {"mail": mail, "in_app": InAppChannel()}, 60)
    assert rows(warehouse, "channel, kind, sent_at is null") == [
        ("mail", "fire", False), ("mail", "resolve", True),
    ]  # fmt: skip


def test_a_message_without_any_connection_goes_by_mail(warehouse, write, mail, inbox) -> None:
    write("nobody", channel="pagerduty")
    channels = {"mail": mail, "pagerduty": PagerDutyChannel(lambda _: None, NO_LINKS)}
    send_due(warehouse, channels, NOW, Routing(owners={"growth": {"mail": ["g@example.com"]}}))
    assert inbox.recipients == ["g@example.com"]


def test_a_refusing_channel_can_be_seen_with_the_time_since_when(
    warehouse, write, mail_server, mail
) -> None:
    write()
    mail_server.stop()
    every_five_minutes(warehouse, {"mail": mail}, 20)
    query = "select channel, refused_since, messages_waiting from ops.delivery_health"
    with warehouse.connect() as connection:
        assert connection.execute(query).fetchall() == [("mail", NOW, 1)]
        connection.execute("update ops.notification_outbox set sent_at = now()")
        assert connection.execute(query).fetchall() == [("mail", None, 0)]


def test_p2_waits_for_others_and_leaves_within_the_hour(warehouse, write, mail, inbox) -> None:
    write(priority="P2", title="First")
    write(priority="P2", title="Second", at=NOW + 30 * MINUTE)
    send_due(warehouse, {"mail": mail}, NOW + 40 * MINUTE)
    assert inbox.mails == []
    send_due(warehouse, {"mail": mail}, NOW + 45 * MINUTE)
    (received,) = inbox.mails
    text = received.get_body(("plain",)).get_content()
    assert "First" in text and "Second" in text
    write(priority="P2", title="Third", at=NOW + 50 * MINUTE)
    send_due(warehouse, {"mail": mail}, NOW + 95 * MINUTE)
    assert len(inbox.mails) == 2


def test_p2_joins_no_message_of_another_owner_nor_one_under_way(warehouse, write) -> None:
    for at, owner in ((0, "growth"), (1, "data"), (50, "growth")):
        write("all@example.com", priority="P2", owner=owner, at=NOW + at * MINUTE)
    assert len(set(rows(warehouse, "message_id"))) == 3


def test_one_message_that_cannot_be_written_does_not_stop_the_others(
    warehouse, write, mail
) -> None:
    write("not an address")
    write("growth@example.com")
    delivery = send_due(warehouse, {"mail": mail}, NOW)
    assert (delivery.sent, delivery.failed) == (1, 1)


def test_what_is_being_sent_is_not_joined(warehouse, write, mail, inbox) -> None:
    for _ in range(2):
        write(priority="P2")
    late = NOW + 50 * MINUTE
    with warehouse.connect() as sending:
        claim = claims.claim(sending, ["mail"], late)
        write(priority="P2", at=NOW + MINUTE)  # by a clock that is behind
        delivery.mark_sent(sending, claim, late)
    send_due(warehouse, {"mail": mail}, NOW + 90 * MINUTE)
    assert len(inbox.mails) == 1  # the third, in a mail of its own
    assert rows(warehouse, "outbox_id", "sent_at is null") == []


SENDER = """
import os, sys
from datetime import datetime
import monstera.notify as notify
from monstera.notify import claims, delivery
from monstera.warehouse import Warehouse

url, channel, port, step, now = sys.argv[1:]
if channel == "mail":
    settings = notify.SmtpSettings("127.0.0.1", int(port))
    way_out = notify.SmtpChannel(settings, notify.MailWriter(notify.Routing()))
else:
    endpoint = notify.Endpoint(f"http://127.0.0.1:{port}/v2/enqueue", "0" * 32)
    way_out = notify.PagerDutyChannel(lambda _: endpoint, notify.Links(notify.Routing()))

def killed_before(function):
    def instead(*arguments, **more):
        os.kill(os.getpid(), 9)
    return instead

def killed_after(function):
    def instead(*arguments, **more):
        function(*arguments, **more)
        os.kill(os.getpid(), 9)
    return instead

if step == "before it is claimed":
    claims.claim = killed_before(claims.claim)
elif step == "before it is sent":
    type(way_out).send = killed_before(type(way_out).send)
elif step == "after it was sent":
    delivery.mark_sent = killed_before(delivery.mark_sent)
elif step == "before it is committed":
    delivery.mark_sent = killed_after(delivery.mark_sent)
notify.send_due(Warehouse(url), {channel: way_out}, datetime.fromisoformat(now))
"""
STEPS = {  # and how often the message arrives in the end
    "before it is claimed": 1,
    "before it is sent": 1,
    "after it was sent": 2,
    "before it is committed": 2,
}


@pytest.mark.parametrize(
    ("channel", "step"),
    [*(("pagerduty", step) for step in STEPS), ("mail", "after it was sent")],
)
def test_a_killed_sender_loses_nothing_and_repeats_at_most_one_recognisably(
    warehouse, write, mail_server, mail, inbox, channel, step
) -> None:
    write("growth@example.com" if channel == "mail" else "team", channel=channel)
    with hooks("pagerduty") as pagerduty:
        port = mail_server.port if channel == "mail" else pagerduty.port
        program = [sys.executable, "-c", SENDER]
        said = [warehouse.url, channel, str(port), step, NOW.isoformat()]
        killed = subprocess.run([*program, *said], check=False, timeout=60)
        assert killed.returncode == -signal.SIGKILL
        endpoint = Endpoint(f"http://127.0.0.1:{port}/v2/enqueue", KEY)
        channels = {"mail": mail, "pagerduty": PagerDutyChannel(lambda _: endpoint, NO_LINKS)}
        for minutes in (1, 60):
            send_due(warehouse, channels, NOW + minutes * MINUTE)
    names = [received["Message-ID"] for received in inbox.mails]
    names += [request.body["dedup_key"] for request in pagerduty.taken]
    assert len(names) == STEPS[step]
    assert len(set(names)) == 1


def test_a_notice_survives_the_outbox() -> None:
    one = notice(holds_back=("a", "b"), thread="t", key="k")
    assert type(one).from_json(one.as_json()) == one

"""Slack, PagerDuty, webhooks and the app: what they are sent, and what their answers do."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from jsonschema import validate

from monstera.notify import (
    Channel,
    Endpoint,
    InAppChannel,
    Links,
    Message,
    MessageRefused,
    PagerDutyChannel,
    ReceiverDown,
    Routing,
    SlackChannel,
    WebhookChannel,
    delivery_hints,
    send_due,
)
from monstera.notify.pagerduty import event
from monstera.notify.slack import body

from .conftest import NO_LINKS, NOW, free_port, notice
from .hooks import SCHEMAS, Hooks, hooks
from .test_mail import HOSTILE, ID

KEY = "0123456789abcdef0123456789abcdef"
KINDS = {"slack": SlackChannel, "pagerduty": PagerDutyChannel, "webhook": WebhookChannel}
MINUTE = timedelta(minutes=1)


@pytest.fixture(params=list(KINDS))
def service(request: pytest.FixtureRequest) -> Iterator[Hooks]:
    """Each of the services, up and running."""
    with hooks(request.param) as running:
        yield running


@pytest.fixture
def channel(service: Hooks) -> Channel:
    """The channel to the service, by the name `team`."""
    links = () if service.service == "webhook" else (NO_LINKS,)
    return KINDS[service.service](
        lambda name: Endpoint(service.url, KEY) if name == "team" else None, *links, timeout=0.5
    )


def message(*notices, kind="fire", priority="P0", channel="slack") -> Message:
    return Message(ID, channel, "team", kind, "growth", priority, notices or (notice(key="k"),))


def waiting(warehouse) -> tuple:
    """Attempts, minutes until the next one, whether it was given up, and the error."""
    with warehouse.connect() as connection:
        attempts, due, cancelled_at, error = connection.execute(
            "select attempts, next_attempt_at, cancelled_at, last_error"
            " from ops.notification_outbox where sent_at is null"
        ).fetchone()
    return attempts, (due - NOW) / MINUTE, cancelled_at is not None, error


def test_a_message_is_taken(warehouse, write, service, channel) -> None:
    write("team", channel=service.service)
    assert send_due(warehouse, {service.service: channel}, NOW).sent == 1
    (request,) = service.taken
    assert "Users Churn Rate Weekly up 31 %" in json.dumps(request.body)
    assert send_due(warehouse, {service.service: channel}, NOW + timedelta(days=1)).sent == 0


def test_a_service_in_trouble_is_asked_again_in_a_minute(
    warehouse, write, service, channel
) -> None:
    service.answers.append((503, {}))
    write("team", channel=service.service)
    assert send_due(warehouse, {service.service: channel}, NOW).failed == 1
    assert waiting(warehouse) == (1, 1, False, "127.0.0.1 answered 503")
    assert send_due(warehouse, {service.service: channel}, NOW + MINUTE).sent == 1


def test_a_service_that_asks_for_patience_gets_it(warehouse, write, service, channel) -> None:
    service.answers.append((429, {"Retry-After": "300"}))
    write("team", channel=service.service)
    send_due(warehouse, {service.service: channel}, NOW)
    assert waiting(warehouse)[:2] == (1, 5)
    assert send_due(warehouse, {service.service: channel}, NOW + 4 * MINUTE).sent == 0
    assert send_due(warehouse, {service.service: channel}, NOW + 5 * MINUTE).sent == 1


def sent(service: Hooks, channel: Channel, status: int, **headers: str) -> None:
    """Sends a message that is answered with a status."""
    service.answers.append(
        (status, {name.replace("_", "-"): text for name, text in headers.items()})
    )
    channel.send(message(channel=service.service))


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_trouble_passes(service, channel, status) -> None:
    with pytest.raises(ReceiverDown, match=rf"^127\.0\.0\.1 answered {status}$"):
        sent(service, channel, status)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 302])
def test_a_refusal_stays_one(service, channel, status) -> None:
    with pytest.raises(MessageRefused, match=rf"^127\.0\.0\.1 answered {status}$"):
        sent(service, channel, status)


@pytest.mark.parametrize("text", ["soon", "-5", "9" * 400, format_datetime(NOW), "0"])
def test_nonsense_and_past_dates_are_no_reason_to_wait(service, channel, text) -> None:
    with pytest.raises(ReceiverDown) as refused:
        sent(service, channel, 429, Retry_After=text)
    assert refused.value.retry_after in {None, timedelta()}


@pytest.mark.parametrize("kind", ["seconds", "date"])
def test_seconds_and_dates_are_understood(service, channel, kind) -> None:
    in_an_hour = format_datetime(datetime.now(UTC) + timedelta(hours=1, seconds=30))
    text = "3600" if kind == "seconds" else in_an_hour
    with pytest.raises(ReceiverDown) as refused:
        sent(service, channel, 429, Retry_After=text)
    wait = refused.value.retry_after
    assert wait is not None and abs(wait - timedelta(hours=1)) < timedelta(minutes=30)


def test_a_refusal_is_no_reason_to_hurry(warehouse, write, service, channel) -> None:
    service.answers.append((403, {}))
    write("team", channel=service.service)
    send_due(warehouse, {service.service: channel}, NOW)
    assert waiting(warehouse) == (1, 60, False, "127.0.0.1 answered 403")


def test_what_is_refused_for_a_day_is_given_up(warehouse, write) -> None:
    write("team", channel="slack")
    with hooks("slack") as slack:
        slack.answers += [(404, {})] * 30
        channels = {"slack": SlackChannel(lambda _: Endpoint(slack.url), NO_LINKS)}
        for hour in range(26):  # at 0 h, 1 h, … 24 h, and the last one is too many
            send_due(warehouse, channels, NOW + timedelta(hours=hour))
            assert waiting(warehouse)[2] == (hour >= 24)
    assert len(slack.requests) == 25


def test_a_slow_service_is_not_waited_for(warehouse, write, service, channel) -> None:
    service.delay = 1.5
    for _ in range(3):
        write("team", channel=service.service)
    assert send_due(warehouse, {service.service: channel}, NOW).failed == 1
    assert len(service.requests) <= 1  # the others were left for the next round


def test_nobody_listens_and_the_error_tells_no_secret(warehouse, write) -> None:
    endpoint = Endpoint(f"http://127.0.0.1:{free_port()}/services/T0/B0/secret", KEY)
    write("team", channel="slack")
    send_due(warehouse, {"slack": SlackChannel(lambda _: endpoint, NO_LINKS)}, NOW)
    assert waiting(warehouse)[3] == "127.0.0.1: ConnectError"
    assert "secret" not in repr(endpoint) and KEY not in repr(endpoint)


def test_one_receiver_that_is_down_does_not_stop_another(warehouse, write) -> None:
    with hooks("slack") as up:
        down = Endpoint(f"http://127.0.0.1:{free_port()}/")
        channel = SlackChannel(lambda name: Endpoint(up.url) if name == "up" else down, NO_LINKS)
        for receiver in ("down", "down", "up"):
            write(receiver, channel="slack")
        delivery = send_due(warehouse, {"slack": channel}, NOW)
    assert (delivery.sent, delivery.failed) == (1, 1)


def test_without_connection_a_message_is_skipped_once_and_said_so(
    warehouse, write, service, channel, caplog
) -> None:
    for _ in range(3):
        write("nobody", channel=service.service)
    delivery = send_due(warehouse, {service.service: channel}, NOW)
    assert (delivery.sent, delivery.failed, delivery.skipped) == (0, 0, 3)
    said = [record.message for record in caplog.records]
    assert said == [f"Messages by {service.service} are skipped: there is no connection nobody"]
    assert send_due(warehouse, {service.service: channel}, NOW + timedelta(hours=1)).skipped == 0
    with warehouse.connect() as connection:
        health = connection.execute(
            "select channel, receiver, refused_since, skipped_at, last_error"
            " from ops.delivery_health"
        ).fetchall()
        (hint,) = delivery_hints(connection)
    assert "no connection nobody. Add it to Airflow" in hint
    assert health == [(service.service, "nobody", None, NOW, "there is no connection nobody")]


def test_an_incident_is_one_in_pagerduty_until_it_resolves(warehouse, write) -> None:
    with hooks("pagerduty") as pagerduty:
        channels = {"pagerduty": PagerDutyChannel(lambda _: Endpoint(pagerduty.url, KEY), NO_LINKS)}
        first = write("team", channel="pagerduty", priority="P0")
        write("team", channel="pagerduty", priority="P1")
        write("team", channel="pagerduty", kind="resolve", incident_id=first, priority="P0")
        send_due(warehouse, channels, NOW)
        trigger, resolve, other = (request.body for request in pagerduty.taken)
    assert trigger["event_action"] == other["event_action"] == "trigger"
    assert resolve == {"routing_key": KEY, "dedup_key": f"incident-{first}",
                       "event_action": "resolve"}  # fmt: skip
    assert trigger["dedup_key"] == resolve["dedup_key"] != other["dedup_key"]
    assert (trigger["payload"]["severity"], other["payload"]["severity"]) == ("critical", "error")


def test_a_webhook_can_tell_who_sent_it_and_that_it_is_the_same_again() -> None:
    with hooks("webhook") as receiver:
        channel = WebhookChannel(lambda _: Endpoint(receiver.url, KEY))
        channel.send(message(channel="webhook"))
        channel.send(message(channel="webhook"))
        one, again = receiver.taken
    signature = hmac.new(KEY.encode(), one.content, hashlib.sha256).hexdigest()
    assert one.headers["X-Monstera-Signature"] == f"sha256={signature}"
    assert one.headers["Idempotency-Key"] == again.headers["Idempotency-Key"] == str(ID)
    (incident,) = one.body["incidents"]
    assert incident["rule"] == "users_churn_rate_jump" and one.body["priority"] == "P0"


def test_the_app_shows_what_was_sent_to_it(warehouse, write) -> None:
    incident_id = write("growth", channel="in_app")
    query = "select incident_id, kind, owner, priority, title from ops.in_app_messages"
    with warehouse.connect() as connection:
        assert connection.execute(query).fetchall() == []
    send_due(warehouse, {"in_app": InAppChannel()}, NOW)
    with warehouse.connect() as connection:
        assert connection.execute(query).fetchall() == [
            (incident_id, "fire", "growth", "P1", "Users Churn Rate Weekly up 31 %")
        ]


LINKS = Links(Routing(pages="https://example.com/m/"))


def test_slack_and_pagerduty_lead_to_the_pages() -> None:
    one = message(notice(7, key="k", metric_id="churn", movers=(("Country DE", "+3"),)))
    said = json.dumps(body(one, LINKS))
    assert "<https://example.com/m/incidents/7#acknowledge|Acknowledge>" in said
    assert "What moved it most: Country DE +3" in said
    links = {link["text"]: link["href"] for link in event(one, KEY, LINKS)["links"]}
    assert links["Dashboard"] == "https://example.com/m/metrics/churn"


MANY = tuple(notice(n, rule_id=f"rule_{n}", title=f"Metric {n}") for n in range(40))
LONG = notice(
    title="x" * 9000, sentence="y" * 9000, runbook="z" * 9000, numbers=(("a", "b" * 5000),)
)


@pytest.mark.parametrize("notices", [(), MANY, (LONG,), (notice(sentence="", numbers=()),)],
                         ids=["one", "many", "long", "empty"])  # fmt: skip
@pytest.mark.parametrize("kind", ["fire", "reminder", "resolve"])
@pytest.mark.parametrize("links", [NO_LINKS, LINKS])
def test_slack_gets_what_it_documents_to_take(notices, kind, links) -> None:
    schema = json.loads((SCHEMAS / "slack.json").read_text())
    validate(body(message(*notices, kind=kind), links), schema)


@pytest.mark.parametrize("text", [*HOSTILE, "<!channel> <@U1>", "*bold* `code` &amp;"])
def test_data_is_no_markup_for_slack_nor_pagerduty(text: str) -> None:
    bad = notice(title=text, sentence=text, numbers=((text, text),), since=text, owner=text,
                 runbook=text, rule_id=text, holds_back=(text,), key="k")  # fmt: skip
    sent = body(message(bad), NO_LINKS)
    validate(sent, json.loads((SCHEMAS / "slack.json").read_text()))
    assert "<" not in sent["text"] and ">" not in sent["text"]
    assert '"mrkdwn"' not in json.dumps(sent)
    validate(
        event(message(bad), KEY, NO_LINKS), json.loads((SCHEMAS / "pagerduty.json").read_text())
    )

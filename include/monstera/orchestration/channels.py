"""The channels that this Airflow can send on.

| channel | connection, `<name>` as in `routing.yaml` |
|---|---|
| mail | `smtp_default`; without it mails are files in the folder `mails` of the home |
| slack | `<name>`: the password is the incoming webhook's address, or what follows its host |
| pagerduty | `<name>`: the password is the integration key; the host only for another region |
| webhook | `<name>`: the host is an address; schema, port, `extra.endpoint`; the password signs |
| in_app | none |
"""

import httpx

from monstera.definitions import previous_document
from monstera.notify import (
    Channel,
    Endpoint,
    FolderChannel,
    InAppChannel,
    Links,
    MailWriter,
    PagerDutyChannel,
    Routing,
    SlackChannel,
    SmtpChannel,
    SmtpSettings,
    WebhookChannel,
    routing_in_document,
)
from monstera.orchestration.deployment import SMTP, Deployment, connection

SMTP_PORT = 25
SLACK = "https://hooks.slack.com/services"
PAGERDUTY = "https://events.pagerduty.com"
EVENTS = "/v2/enqueue"


def routing_in_force(here: Deployment) -> Routing:
    """The routing of the definitions in force, so that broken definition files stop no message."""
    with here.warehouse.connect() as reading:
        return routing_in_document(previous_document(reading) or {})


def channels(here: Deployment, routing: Routing) -> dict[str, Channel]:
    """Every channel by its name in `routing.yaml`; connections are asked for as they are needed."""
    links = Links(routing)
    return {
        "mail": _mail(here, MailWriter(routing)),
        "slack": SlackChannel(_slack, links),
        "pagerduty": PagerDutyChannel(_pagerduty, links),
        "webhook": WebhookChannel(_webhook),
        "in_app": InAppChannel(),
    }


def _mail(here: Deployment, writer: MailWriter) -> Channel:
    server = connection(SMTP)
    if server is None or not server.host:
        return FolderChannel(here.settings.home_path / "mails", writer)
    extra = server.extra_dejson
    settings = SmtpSettings(
        host=server.host,
        port=server.port or SMTP_PORT,
        login=server.login,
        password=server.password,
        ssl=not extra.get("disable_ssl", False),
        starttls=not extra.get("disable_tls", False),
        timeout=float(extra.get("timeout", 30)),
    )
    return SmtpChannel(settings, writer)


def _slack(name: str) -> Endpoint | None:
    found = connection(name)
    if found is None or not found.password:
        return None
    if found.password.startswith(("https://", "http://")):
        return Endpoint(found.password)
    base = _address(found.host, found.schema, found.port) or SLACK
    return Endpoint(f"{base}/{found.password.lstrip('/')}")


def _pagerduty(name: str) -> Endpoint | None:
    found = connection(name)
    if found is None or not found.password:
        return None
    base = _address(found.host, found.schema, found.port) or PAGERDUTY
    return Endpoint(base.removesuffix(EVENTS) + EVENTS, found.password)


def _webhook(name: str) -> Endpoint | None:
    found = connection(name)
    base = found and _address(found.host, found.schema, found.port)
    if not found or not base:
        return None
    path = str(found.extra_dejson.get("endpoint", "")).lstrip("/")
    return Endpoint(f"{base}/{path}" if path else base, found.password)


def _address(host: str | None, schema: str | None, port: int | None) -> str | None:
    """A web address without a slash at its end; None where there is no host."""
    if not host:
        return None
    address = httpx.URL(host if "://" in host else f"{schema or 'https'}://{host}")
    return str(address.copy_with(port=port) if port else address).rstrip("/")

"""The channels that this Airflow can send on."""

from monstera.definitions.compiler import previous_document
from monstera.notify import Channel, FolderChannel, MailWriter, Routing, SmtpChannel, SmtpSettings
from monstera.orchestration.deployment import SMTP, Deployment, connection

SMTP_PORT = 25


def channels(here: Deployment) -> dict[str, Channel]:
    """Mail over Airflow's connection `smtp_default`; without one, into files below the home.

    The sender is that of the definitions in force, so that broken definition files stop no mail.
    """
    with here.warehouse.connect() as reading:
        document = previous_document(reading) or {}
    routing = Routing.model_validate(document.get("routing", {}).get("routing", {}))
    writer = MailWriter(routing)
    server = connection(SMTP)
    if server is None or not server.host:
        return {"mail": FolderChannel(here.settings.home_path / "mails", writer)}
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
    return {"mail": SmtpChannel(settings, writer)}

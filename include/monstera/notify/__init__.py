"""Notifications: an outbox of what has to leave, a sender, and channels that carry it."""

from monstera.notify.channels import (
    Channel,
    ChannelDown,
    ChannelError,
    MessageRefused,
    NotSetUp,
    ReceiverDown,
)
from monstera.notify.delivery import hints as delivery_hints
from monstera.notify.endpoints import Endpoint, Endpoints
from monstera.notify.folder import FolderChannel
from monstera.notify.in_app import InAppChannel
from monstera.notify.links import Links
from monstera.notify.mail import MailWriter
from monstera.notify.message import Message, Notice
from monstera.notify.pagerduty import PagerDutyChannel
from monstera.notify.routing import (
    Routing,
    check_routing,
    routing_in_document,
    routing_of,
)
from monstera.notify.sender import Delivery, send_due
from monstera.notify.slack import SlackChannel
from monstera.notify.smtp import SmtpChannel, SmtpSettings
from monstera.notify.webhook import WebhookChannel

__all__ = [
    "Channel",
    "ChannelDown",
    "ChannelError",
    "Delivery",
    "Endpoint",
    "Endpoints",
    "FolderChannel",
    "InAppChannel",
    "Links",
    "MailWriter",
    "Message",
    "MessageRefused",
    "NotSetUp",
    "Notice",
    "PagerDutyChannel",
    "ReceiverDown",
    "Routing",
    "SlackChannel",
    "SmtpChannel",
    "SmtpSettings",
    "WebhookChannel",
    "check_routing",
    "delivery_hints",
    "routing_in_document",
    "routing_of",
    "send_due",
]

"""Notifications: an outbox of what has to leave, a sender, and channels that carry it."""

from monstera.notify.channels import Channel, ChannelDown, ChannelError
from monstera.notify.folder import FolderChannel
from monstera.notify.mail import MailWriter
from monstera.notify.message import Message, Notice
from monstera.notify.routing import Routing, check_routing, routing_of
from monstera.notify.sender import Delivery, send_due
from monstera.notify.smtp import SmtpChannel, SmtpSettings

__all__ = [
    "Channel",
    "ChannelDown",
    "ChannelError",
    "Delivery",
    "FolderChannel",
    "MailWriter",
    "Message",
    "Notice",
    "Routing",
    "SmtpChannel",
    "SmtpSettings",
    "check_routing",
    "routing_of",
    "send_due",
]

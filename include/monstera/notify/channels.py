"""What a channel is: something that takes a message, or says why not."""

from datetime import timedelta
from typing import Protocol

from monstera.notify.message import Message


class ChannelError(RuntimeError):
    """The channel did not take this message; it is tried again, others may still get through.

    Attributes:
        retry_after: how long the receiver asks to be left alone; None: it does not say.
    """

    def __init__(self, text: str, retry_after: timedelta | None = None):
        super().__init__(text)
        self.retry_after = retry_after


class ChannelDown(ChannelError):
    """The channel takes nothing at the moment."""


class ReceiverDown(ChannelError):
    """This receiver takes nothing at the moment."""


class MessageRefused(ChannelError):
    """The receiver does not take this message as it is; time alone will hardly change that."""


class NotSetUp(ChannelError):
    """There is no such receiver: nobody has given the connection that it names."""


class Channel(Protocol):
    """A way out of the house."""

    def send(self, message: Message) -> None:
        """Hands a message over; returns only when it was taken.

        Sending the same message again must be recognisable to the receiver by its id.

        Raises:
            MessageRefused: this message was refused.
            ReceiverDown: nothing can be sent to this receiver now.
            ChannelDown: nothing can be sent now.
            NotSetUp: there is nothing to send it to.
        """

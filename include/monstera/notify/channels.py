"""What a channel is: something that takes a message, or says why not."""

from typing import Protocol

from monstera.notify.message import Message


class ChannelError(RuntimeError):
    """The channel did not take this message; others may still get through."""


class ChannelDown(ChannelError):
    """The channel takes nothing at the moment."""


class Channel(Protocol):
    """A way out of the house."""

    def send(self, message: Message) -> None:
        """Hands a message over; returns only when it was taken.

        Sending the same message again must be recognisable to the receiver by its id.

        Raises:
            ChannelError: this message was refused.
            ChannelDown: nothing can be sent now.
        """

"""Messages that a page of the app shows."""

from monstera.notify.message import Message


class InAppChannel:
    """Takes everything: the row of the outbox is what the page reads (`ops.in_app_messages`)."""

    def send(self, message: Message) -> None:
        """Nothing is left to do: the page shows the row once it is marked as sent."""

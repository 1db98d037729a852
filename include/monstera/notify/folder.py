"""Mail into a folder of `.eml` files, to be opened with any mail program."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from monstera.notify.channels import ChannelDown
from monstera.notify.mail import MailWriter
from monstera.notify.message import Message


@dataclass(frozen=True)
class FolderChannel:
    """Writes each message as a file; the same message again replaces its file."""

    folder: Path
    writer: MailWriter
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def send(self, message: Message) -> None:
        """Writes the file, whole or not at all.

        Raises:
            ChannelDown: the folder cannot be written to.
        """
        mail = self.writer.write(message, self.clock())
        name = f"{message.priority}-{message.kind}-{message.message_id}.eml"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            unfinished = self.folder / f".{name}.part"
            unfinished.write_bytes(mail.as_bytes())
            unfinished.rename(self.folder / name)
        except OSError as error:
            raise ChannelDown(f"cannot write to {self.folder}: {error.strerror}") from None

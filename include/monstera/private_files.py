"""What is made once and kept in a file that only its owner reads: secrets above all."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path


def made_once(file: Path, make: Callable[[], str]) -> str:
    """The text of a file; made where there is none yet, whole or not at all.

    Of several processes that make it at once, all take what the first has made.
    """
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w") as stream:
                stream.write(make())
                stream.flush()
                os.fsync(stream.fileno())
            os.link(fresh, file)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return file.read_text().strip()

"""A sign of life after every evaluation, so that somebody outside notices when none comes."""

import json
import logging
import os
from datetime import datetime
from pathlib import Path

import httpx

TIMEOUT = 10.0
log = logging.getLogger(__name__)


def beat(target: str, now: datetime) -> bool:
    """Tells a web address (by POST), or a file, that alerts were evaluated at `now`.

    A receiver that cannot be reached is logged and is no failure: its silence is the message.

    Returns:
        Whether it was taken.
    """
    content = json.dumps({"evaluated_at": now.isoformat()})
    try:
        if target.startswith(("http://", "https://")):
            httpx.post(
                target,
                content=content,
                headers={"Content-Type": "application/json"},
                timeout=TIMEOUT,
            ).raise_for_status()
        else:
            _write(Path(target), content)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        log.warning("The heartbeat was not taken: %s", type(error).__name__)
        return False
    return True


def _write(path: Path, content: str) -> None:
    """Puts the file in place at once, so that nobody reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(content + "\n")
    fresh.replace(path)

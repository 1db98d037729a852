"""What the warehouse refused: entries of the audit log that alerts count.

Whoever is not let in cannot write that down in the warehouse. It is kept in a file of the home
until somebody is.
"""

import fcntl
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg

from monstera.audit.log import append, me
from monstera.settings import Settings
from monstera.warehouse import Warehouse
from monstera.warehouse.database import LoginRefused, WarehouseError

ACCESS, LOG_IN = "warehouse.access", "warehouse.log_in"
KEPT = "refusals"
DENIED = re.compile(r"permission denied for [a-z ]+ (\w+)$")
"""The server's words, where it speaks English; in another language the object stays unnamed."""


def note_refusal(error: BaseException | None, warehouse: Warehouse, settings: Settings) -> bool:
    """Enters what was refused, where an error or what caused it is a refusal; whether it was."""
    kept = settings.home_path / KEPT
    for cause in _causes(error):
        if isinstance(cause, LoginRefused):
            _keep(kept, LOG_IN)
            return True
        if isinstance(cause, psycopg.errors.InsufficientPrivilege):
            denied = DENIED.search(cause.diag.message_primary or "")
            try:
                with warehouse.transaction() as connection:
                    append(connection, ACCESS, subject=denied and denied[1], outcome="refused")
            except (psycopg.Error, WarehouseError):
                _keep(kept, ACCESS)
            return True
    return False


def enter_kept(warehouse: Warehouse, settings: Settings) -> int:
    """Enters the refusals that were kept, one entry an action and name; how many they were."""
    file = settings.home_path / KEPT
    if not file.exists() or not file.stat().st_size:
        return 0
    with file.open("r+") as kept:
        fcntl.flock(kept, fcntl.LOCK_EX)
        refused = Counter(tuple(line.split(maxsplit=1)) for line in kept.read().splitlines())
        with warehouse.transaction() as connection:
            for (action, who), times in refused.items():
                append(connection, action, who=who, outcome="refused", counts={"times": times})
        kept.truncate(0)
    return refused.total()


def _keep(file: Path, action: str) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch(mode=0o600)
    with file.open("a") as kept:
        fcntl.flock(kept, fcntl.LOCK_EX)
        kept.write(f"{action} {me()}\n")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__

"""Entries of `ops.audit_log`: pseudonyms, names of definitions, and numbers; no texts."""

import getpass
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

import psycopg
from psycopg.types.json import Jsonb

from monstera.warehouse import Warehouse
from monstera.warehouse.database import WarehouseError

log = logging.getLogger(__name__)

Outcome = Literal["done", "failed", "refused"]

_APPEND = "select ops.audit(%(who)s, %(action)s, %(subject)s, %(outcome)s, %(counts)s)"


def me() -> str:
    """The account of the machine that this process runs under."""
    return getpass.getuser()


def append(
    connection: "psycopg.Connection[Any]",
    action: str,
    *,
    who: str | None = None,
    subject: object = None,
    outcome: Outcome = "done",
    counts: Mapping[str, int] | None = None,
) -> None:
    """Adds an entry in the caller's transaction, so that it stands if what it tells of stands.

    Whoever else adds one waits for the end of that transaction.

    Args:
        action: what was done, `room.verb`.
        who: name of a person or service, kept as a pseudonym; None: this process's account.
        subject: a number, the id of a definition, a token; None: no single thing.
    """
    parameters = {
        "who": who or me(),
        "action": action,
        "subject": None if subject is None else str(subject),
        "outcome": outcome,
        "counts": Jsonb(dict(counts or {})),
    }
    connection.execute(_APPEND, parameters)


@contextmanager
def recorded(
    warehouse: Warehouse, action: str, *, subject: object = None
) -> Iterator[dict[str, int]]:
    """Enters an action that has transactions of its own, when it is done or has failed.

    Yields the entry's counts, to be filled.
    """
    counts: dict[str, int] = {}
    try:
        yield counts
    except Exception:
        try:
            _enter(warehouse, action, subject, "failed", counts)
        except (psycopg.Error, WarehouseError):
            log.error("That %s failed could not be entered into the audit log.", action)
        raise
    _enter(warehouse, action, subject, "done", counts)


def _enter(
    warehouse: Warehouse, action: str, subject: object, outcome: Outcome, counts: dict[str, int]
) -> None:
    with warehouse.transaction() as connection:
        append(connection, action, subject=subject, outcome=outcome, counts=counts)

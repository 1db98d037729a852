"""Whether the audit log is as it was written.

Its own chain shows what was changed, taken out or cut off. Whoever may write into every table could
make the whole chain anew: against that helps its head, kept somewhere else.
"""

import re
from dataclasses import dataclass
from typing import Self

from monstera.transforms import read_sql
from monstera.warehouse import Warehouse
from monstera.warehouse.database import WarehouseError, one_row

SHOWN = 10
HEAD = re.compile(r"(\d+):([0-9a-f]{64})")


class AuditLogBroken(WarehouseError):
    """The audit log was tampered with."""


@dataclass(frozen=True)
class Head:
    """The newest entry of the audit log, by its number and hash (hexadecimal)."""

    entry_id: int
    hash: str

    def __str__(self) -> str:
        """`12:9f86…`."""
        return f"{self.entry_id}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads what `str` wrote.

        Raises:
            ValueError: it is none.
        """
        match = HEAD.fullmatch(text)
        if match is None:
            raise ValueError(f"expected <number>:<hash of 64 digits>, found {text}")
        return cls(int(match[1]), match[2])


def verify(warehouse: Warehouse, known: Head | None = None) -> Head:
    """The head of the log, once every entry was found as it was written.

    Args:
        known: an earlier head, kept outside the warehouse, that must still be in the log.

    Raises:
        AuditLogBroken: entries were changed, taken out or cut off.
    """
    with warehouse.transaction("monstera_auditor") as connection:
        connection.execute("set transaction isolation level repeatable read")
        flaws = read_sql("audit/broken_entries").execute(connection).fetchall()
        head = Head(
            *one_row(connection.execute("select entry_id, encode(hash, 'hex') from ops.audit_head"))
        )
        if known is not None and known.entry_id:
            row = connection.execute(
                "select encode(hash, 'hex') from ops.audit_log where entry_id = %s",
                [known.entry_id],
            ).fetchone()
            if row != (known.hash,):
                flaws.append((known.entry_id, "is not the one that is known from before"))
    if flaws:
        lines = [f"  entry {number}: {flaw}" for number, flaw in flaws[:SHOWN]]
        raise AuditLogBroken(
            f"The audit log was tampered with, in {len(flaws)} places:\n" + "\n".join(lines)
        )
    return head

"""The audit log: who did or was refused what. Entries are added and chained, never changed."""

from monstera.audit.log import append, me, recorded
from monstera.audit.refusals import ACCESS, enter_kept, note_refusal
from monstera.audit.verification import AuditLogBroken, Head, verify

__all__ = [
    "ACCESS",
    "AuditLogBroken",
    "Head",
    "append",
    "enter_kept",
    "me",
    "note_refusal",
    "recorded",
    "verify",
]

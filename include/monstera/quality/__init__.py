"""Data quality: checks in SQL, Pandera contracts and monitors, before anything is published."""

from monstera.quality.audit import (
    AuditFailed,
    CheckResult,
    audit,
    audit_in_full,
    keep_results,
)

__all__ = ["AuditFailed", "CheckResult", "audit", "audit_in_full", "keep_results"]

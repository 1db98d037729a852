"""Data quality: checks in SQL and Pandera contracts, run before anything is published."""

from monstera.quality.audit import AuditFailed, CheckResult, audit, keep_results

__all__ = ["AuditFailed", "CheckResult", "audit", "keep_results"]

"""Alerts: rules are data, every evaluation moves a state, what has to be told is an outbox row."""

from monstera.alerts.check import check_coverage, check_rules, parsed_rules, rules_of
from monstera.alerts.evaluation import Report, RulesFailed, evaluate
from monstera.alerts.handling import HandlingError, acknowledge, judge, silence
from monstera.alerts.heartbeat import beat
from monstera.alerts.pipeline import record_failure, record_success
from monstera.alerts.rules import Rule

__all__ = [
    "HandlingError",
    "Report",
    "Rule",
    "RulesFailed",
    "acknowledge",
    "beat",
    "check_coverage",
    "check_rules",
    "evaluate",
    "judge",
    "parsed_rules",
    "record_failure",
    "record_success",
    "rules_of",
    "silence",
]

"""Evaluating rules: judge what there is, move the states, and write what has to be told."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from monstera import audit
from monstera.alerts.check import rules_of
from monstera.alerts.clock import of_the_moment
from monstera.alerts.conditions import Judgement
from monstera.alerts.failures import kind_and_place, kind_of
from monstera.alerts.incidents import alerting, end_without_rule
from monstera.alerts.moves import Step, take_step
from monstera.alerts.notifications import settle
from monstera.alerts.observations import Observation, judge, of_published_data
from monstera.alerts.reviews import review
from monstera.alerts.rules import Rule
from monstera.alerts.states import Outcome
from monstera.definitions import Definitions
from monstera.notify.routing import routing_of
from monstera.warehouse import Warehouse

log = logging.getLogger(__name__)

CANNOT_BE_EVALUATED = (psycopg.Error, ArithmeticError, LookupError, ValueError)
"""What goes wrong with one rule and its data, and must not keep the others from being judged."""


class RulesFailed(RuntimeError):
    """Rules could not be evaluated, and nobody is watched over by them; the others were."""


@dataclass
class Report:
    """What an evaluation did.

    Attributes:
        evaluated: rules on segments that were judged.
        known: rules on segments that had been judged for this moment or a later one before.
        fired: fingerprints of the incidents that began.
        resolved: fingerprints of the incidents that ended.
        failed: rules that could not be evaluated.
        reviewed: judgements whose value the publication corrected, which tells nobody.
        messages: messages written to the outbox.
    """

    evaluated: int = 0
    known: int = 0
    fired: list[str] = field(default_factory=list)
    resolved: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    reviewed: int = 0
    messages: int = 0

    def counts(self) -> dict[str, int]:
        """The numbers, without names."""
        return {
            "evaluated": self.evaluated,
            "known": self.known,
            "fired": len(self.fired),
            "resolved": len(self.resolved),
            "failed": len(self.failed),
            "reviewed": self.reviewed,
            "messages": self.messages,
        }

    def check(self) -> None:
        """Raises RulesFailed where a rule could not be evaluated."""
        if self.failed:
            names = ", ".join(self.failed)
            raise RulesFailed(
                f"These rules could not be evaluated: {names}."
                " Why is in the log above and in ops.alert_evaluations, outcome 'error'."
            )

    def add(self, step: Step | None) -> None:
        """Counts a step; None: it had been taken before."""
        if step is None:
            self.known += 1
            return
        self.evaluated += 1
        if step.opened:
            self.fired.append(step.fingerprint)
        if step.resolved:
            self.resolved.append(step.fingerprint)


def evaluate(
    warehouse: Warehouse,
    definitions: Definitions,
    as_of: date | None,
    now: datetime,
    *,
    notify: bool,
) -> Report:
    """Evaluates the rules on the data that is published as of the end of `as_of`.

    Evaluating the same date again, or an earlier one, changes nothing. With `notify` the
    evaluation is a live one: it also judges the rules that look at the clock (late deliveries,
    missing publications), and what is owed is written to the outbox, also the reminders that have
    become due and what earlier, silent evaluations opened and still fires. Without, history is
    judged in silence.

    Args:
        as_of: the published day, None where there is none yet; rules on metrics wait for it.
        now: the time, with its zone, that incidents and messages are dated by.

    Raises:
        monstera.definitions.DefinitionError: a rule or the routing is wrong.
    """
    rules = rules_of(definitions)
    routing = routing_of(definitions)
    zone = ZoneInfo(definitions.lifecycle.business_time_zone)
    report = Report()
    with alerting(warehouse) as connection:
        for rule in rules.values():
            try:
                with connection.transaction():
                    observed = _observe(
                        connection, rule, as_of=as_of, now=now, zone=zone, live=notify
                    )
                    steps = [
                        take_step(connection, rule, one, *judge(rule, one), now=now, live=notify)
                        for one in list(observed)
                    ]
            except CANNOT_BE_EVALUATED as error:
                log.error("Rule %s could not be evaluated: %s", rule.id, kind_and_place(error))
                report.failed.append(rule.id)
                _note_failure(connection, rule, error, now, zone)
            else:
                for step in steps:
                    report.add(step)
                if not rule.speaks_of({}):  # the total, of which failures are noted, is not judged
                    connection.execute(_END_FAILURE, {"rule": rule.id, "now": now})
        if notify:
            report.resolved += end_without_rule(connection, rules, now)
            report.reviewed = review(connection, rules, zone, now)
            report.messages = settle(connection, rules, routing, now)
    return report


def _observe(
    connection: "psycopg.Connection[Any]",
    rule: Rule,
    *,
    as_of: date | None,
    now: datetime,
    zone: ZoneInfo,
    live: bool,
) -> Iterator[Observation]:
    if rule.is_of_clock:
        if live:
            yield from of_the_moment(connection, rule, now, zone)
    elif as_of is not None:
        yield from of_published_data(connection, rule, as_of, zone)


_END_FAILURE = """
update ops.alert_states
set state = 'inactive', updated_at = %(now)s
where fingerprint = %(rule)s and state = 'error'
"""


def _note_failure(
    connection: "psycopg.Connection[Any]",
    rule: Rule,
    error: Exception,
    now: datetime,
    zone: ZoneInfo,
) -> None:
    """The rule's total goes to the state `error`."""
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        audit.append(connection, audit.ACCESS, subject=rule.id, outcome="refused")
    judgement = Judgement(Outcome.ERROR, detail=kind_of(error))
    observation = Observation({}, now, now.astimezone(zone).date(), None)
    take_step(connection, rule, observation, judgement, rule.priority, now=now, live=False)

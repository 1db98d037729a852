"""Incidents in words: titles, sentences and numbers as people read them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from monstera.alerts.conditions import OfSystem
from monstera.alerts.incidents import Incident
from monstera.alerts.rules import Rule
from monstera.alerts.wording import metrics, system
from monstera.alerts.wording.figures import day_text, period_text, value_text
from monstera.notify.message import Notice

ENDED_BECAUSE = {
    "rule_gone": ", as no rule speaks of it any more,",
    "segment_gone": ", as nothing of it is in the data any more,",
}


def notice(incident: Incident, rule: Rule, holds_back: tuple[str, ...] = ()) -> Notice:
    """What a message says of an open incident."""
    condition = rule.condition_of(incident.facts)
    if isinstance(condition, OfSystem):
        sentence = system.sentence(incident, condition)
        numbers = system.numbers(incident, condition)
    else:
        metric = rule.metric_of(incident.segment)
        sentence = metrics.sentence(incident, condition, metric)
        numbers = metrics.numbers(incident, condition, metric)
    if incident.is_flapping:
        sentence += (
            f" It has fired {incident.cycles} times within a day; "
            "further times wait for the digest."
        )
    return Notice(
        incident_id=incident.incident_id,
        rule_id=rule.id,
        title=title(incident, rule),
        sentence=sentence,
        numbers=numbers,
        since=_when(incident.opened_on, rule, incident).removeprefix("on ").removeprefix("in "),
        owner=incident.owner,
        priority=incident.priority,
        runbook=incident.runbook,
        holds_back=holds_back,
        severity=_severity(incident),
    )


def title(incident: Incident, rule: Rule) -> str:
    """What happened, in a few words: `Users Churn Rate Weekly up 31 % (DE)`."""
    condition = rule.condition_of(incident.facts)
    if isinstance(condition, OfSystem):
        text = system.title(incident, condition)
    else:
        text = metrics.title(incident, condition, rule.metric_of(incident.segment))
    return f"{text}, flapping" if incident.is_flapping else text


def resolution(told: Notice, incident: Incident, rule: Rule | None) -> Notice:
    """What a message says to those who were told `told`, now that the incident is over.

    `rule` is None where the definitions no longer have it.
    """
    until = _when(incident.resolved_on or incident.last_seen_on, rule, incident)
    is_hidden = bool(incident.segment) and metrics.is_small_group(incident)
    now = None if is_hidden else _shown(incident.resolved_value, rule, incident.segment)
    limit = _shown(incident.resolved_threshold, rule, incident.segment)
    sentence = "Resolved" if now is None else f"Resolved: {now}"
    if incident.resolved_because is not None:
        sentence += ENDED_BECAUSE[incident.resolved_because]
    if is_hidden:
        sentence += f", with fewer than {metrics.SMALL_GROUP} people behind it,"
    sentence += f" {until}"
    numbers = told.numbers
    if now is not None:
        (_, value), *others = numbers
        moved: tuple[tuple[str, str], ...] = ()
        if limit is not None and incident.resolved_threshold != incident.threshold:
            sentence += f", where the limit is {limit}"
            moved = (("Limit now", limit),)
        numbers = (("Now", now), *moved, ("Before", value), *others)
    return replace(
        told,
        sentence=f"{sentence}. What it was: {told.sentence}",
        numbers=numbers,
        since=f"{told.since}; over {until}",
        holds_back=(),
    )


def _shown(value: Decimal | None, rule: Rule | None, labels: Mapping[str, str]) -> str | None:
    """A value as the rule's messages show it; None where there is none to show."""
    if value is None or rule is None:
        return None
    if isinstance(rule.condition, OfSystem):
        return system.value_text(value, rule.condition)
    return value_text(value, rule.metric_of(labels))


def _when(day: date, rule: Rule | None, incident: Incident) -> str:
    """`on 5 January 2026`, or the period that begins then."""
    if rule is None or not rule.metric_ids:
        return f"on {day_text(day)}"
    return period_text(day, rule.metric_of(incident.segment))


def _severity(incident: Incident) -> float:
    """How far beyond the limit, relative to it."""
    if incident.value is None or incident.threshold is None:
        return 0.0
    return float(abs(incident.value - incident.threshold) / (abs(incident.threshold) or 1))

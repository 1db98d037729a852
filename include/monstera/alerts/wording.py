"""Incidents in words: titles, sentences and numbers as people read them."""

from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from monstera.alerts.conditions import (
    Change,
    Check,
    Freshness,
    Pipeline,
    Threshold,
    Volume,
)
from monstera.alerts.incidents import Incident
from monstera.alerts.rules import Rule
from monstera.definitions import Metric
from monstera.notify.message import Notice

MINUS = "\N{MINUS SIGN}"
SMALL_GROUP = 10
"""People below which a segment is not named."""

EARLIER = {
    "previous_day": "the day before",
    "previous_week": "the week before",
    "previous_month": "the month before",
}
BEYOND = {
    ">": "at most {}",
    ">=": "below {}",
    "<": "at least {}",
    "<=": "above {}",
    "=": "not {}",
}


def notice(incident: Incident, rule: Rule, holds_back: tuple[str, ...] = ()) -> Notice:
    """What a message says of an open incident."""
    return Notice(
        incident_id=incident.incident_id,
        rule_id=rule.id,
        title=title(incident, rule),
        sentence=_sentence(incident, rule),
        numbers=_numbers(incident, rule),
        since=_when(incident.opened_on, rule).removeprefix("on ").removeprefix("in "),
        owner=incident.owner,
        priority=incident.priority,
        runbook=incident.runbook,
        holds_back=holds_back,
        severity=_severity(incident),
    )


def resolution(told: Notice, incident: Incident, rule: Rule | None) -> Notice:
    """What a message says to those who were told `told`, now that the incident is over.

    `rule` is None where the definitions no longer have it.
    """
    until = _when(incident.resolved_on or incident.last_seen_on, rule)
    now = None if rule is None else _shown(incident.resolved_value, rule)
    sentence = "Resolved" if now is None else f"Resolved: {now}"
    sentence += f" {until}"
    numbers = told.numbers
    if now is not None:
        (_, value), *others = numbers
        numbers = (("Now", now), ("Before", value), *others)
    return replace(
        told,
        sentence=f"{sentence}. What it was: {told.sentence}",
        numbers=numbers,
        since=f"{told.since}; over {until}",
        holds_back=(),
    )


def _shown(value: Decimal | None, rule: Rule) -> str | None:
    """A value as the rule's messages show it; None where there is none to show."""
    if value is None:
        return None
    if rule.metric is not None:
        return _value(value, rule.measured)
    return _count(value) if isinstance(rule.condition, Check) else _hours(value)


def title(incident: Incident, rule: Rule) -> str:
    """What happened, in a few words: `Users Churn Rate Weekly up 31 % (DE)`."""
    condition = rule.condition
    if isinstance(condition, Check):
        return f"Check {incident.segment['check']} failed"
    if isinstance(condition, Pipeline):
        return _pipeline_title(incident)
    if isinstance(condition, Freshness):
        return f"Delivery of {condition.feed} {_hours(incident.value)} late"
    metric = rule.measured
    name = metric.name + _segment(incident)
    if incident.value is None:
        return f"{name} has no value"
    if isinstance(condition, Threshold):
        return f"{name} at {_value(incident.value, metric)}"
    return f"{name} {_movement(incident, metric, condition)}"


def _sentence(incident: Incident, rule: Rule) -> str:
    condition = rule.condition
    if isinstance(condition, Check):
        return (
            f"The data check {incident.segment['check']} on {incident.facts['dataset']} found "
            f"{_count(incident.value)} rows that break it, as of {_day(incident.last_seen_on)}."
        )
    if isinstance(condition, Pipeline):
        return _pipeline_sentence(incident)
    if isinstance(condition, Freshness):
        return (
            f"The delivery of {condition.feed} for {_iso_day(incident.facts['missing'])} has not "
            f"arrived; it is {_hours(incident.value)} late, and {_hours(condition.value)} are "
            f"allowed. The newest one is that of {_iso_day(incident.facts['newest'])}."
        )
    metric = rule.measured
    name, when = metric.name + _segment(incident), _period(incident.last_seen_on, metric)
    if incident.value is None:
        return f"{name} has no value {when}, where one was expected."
    value = _value(incident.value, metric)
    if isinstance(condition, Threshold):
        allowed = BEYOND[condition.op].format(_value(condition.value, metric))
        expected = ""
        if incident.baseline is not None:
            expected = (
                f" About {_value(incident.baseline, metric)} were expected, as on the last "
                f"{_weekday(incident.last_seen_on)}s."
            )
        return f"{name} was {value} {when}; it should be {allowed}.{expected}"
    baseline = _value(incident.baseline, metric)
    return (
        f"{name} was {value} {when}, {_movement(incident, metric, condition)} on "
        f"{_compared_with(condition, incident)} ({baseline}). {_limit(condition, incident, metric)}"
    )


def _numbers(incident: Incident, rule: Rule) -> tuple[tuple[str, str], ...]:
    condition = rule.condition
    if isinstance(condition, Check):
        return (("Rows that failed", _count(incident.value)), ("Table", incident.facts["dataset"]))
    if isinstance(condition, Pipeline) and incident.segment:
        return tuple((label.replace("_", " ").capitalize(), text)
                     for label, text in {**incident.segment, **incident.facts}.items())  # fmt: skip
    if isinstance(condition, Freshness | Pipeline):
        label = "Late by" if isinstance(condition, Freshness) else "Since the last publication"
        return ((label, _hours(incident.value)), ("Allowed", _hours(incident.threshold)))
    metric = rule.measured
    rows = [("Value", "none" if incident.value is None else _value(incident.value, metric))]
    if incident.baseline is not None:
        label = "Expected" if isinstance(condition, Threshold | Volume) else "Compared with"
        rows.append((label, _value(incident.baseline, metric)))
    if isinstance(condition, Change | Volume):
        rows.append(("Change", _signed_change(incident, metric, condition)))
    if incident.threshold is not None:
        rows.append(("Limit", _value(incident.threshold, metric)))
    if incident.peak_value not in {None, incident.value}:
        rows.append(("Worst so far", _value(incident.peak_value, metric)))
    return tuple(rows)


def _pipeline_title(incident: Incident) -> str:
    if not incident.segment:
        return f"Nothing published for {_hours(incident.value)}"
    place = f" at {incident.segment['task']}" if "task" in incident.segment else ""
    return f"Pipeline {incident.segment['dag']} failed{place}"


def _pipeline_sentence(incident: Incident) -> str:
    if not incident.segment:
        return (
            f"The last publication is {_hours(incident.value)} old; "
            f"{_hours(incident.threshold)} are allowed. What readers see is out of date."
        )
    what = "did not end in time" if "task" not in incident.segment else "failed for good"
    place = f"The task {incident.segment['task']} of " if "task" in incident.segment else ""
    return (
        f"{place}{incident.segment['dag']} {what} in the run {incident.facts['run']}. "
        "What was published before stays as it is."
    )


def _movement(incident: Incident, metric: Metric, condition: Change | Volume) -> str:
    """`up 31 %`, `down 2.1 points`, `up from 0 %`."""
    value, baseline = incident.value or Decimal(0), incident.baseline or Decimal(0)
    direction = "up" if value >= baseline else "down"
    if condition.unit == "percent" and baseline == 0:
        return f"{direction} from {_value(baseline, metric)}"
    return f"{direction} {_change_size(value, baseline, metric, condition)}"


def _signed_change(incident: Incident, metric: Metric, condition: Change | Volume) -> str:
    value, baseline = incident.value or Decimal(0), incident.baseline or Decimal(0)
    if condition.unit == "percent" and baseline == 0:
        return "from nothing"
    sign = "+" if value >= baseline else MINUS
    return sign + _change_size(value, baseline, metric, condition)


def _change_size(
    value: Decimal, baseline: Decimal, metric: Metric, condition: Change | Volume
) -> str:
    size = abs(value - baseline)
    if condition.unit == "points":
        return f"{_plain(size * 100, 1)} points"
    if condition.unit == "absolute":
        return _value(size, metric)
    percent = size * 100 / abs(baseline)
    return f"{_plain(percent, 0 if percent >= 10 else 1)} %"


def _compared_with(condition: Change | Volume, incident: Incident) -> str:
    if isinstance(condition, Volume):
        return f"the median of the last {_weekday(incident.last_seen_on)}s"
    if condition.against in EARLIER:
        return EARLIER[condition.against]
    middle = condition.against.partition("_")[0]
    return f"the {middle} of the last {_weekday(incident.last_seen_on)}s"


def _limit(condition: Change | Volume, incident: Incident, metric: Metric) -> str:
    threshold = _value(incident.threshold, metric)
    if isinstance(condition, Volume):
        side = "below" if (incident.threshold or 0) < (incident.baseline or 0) else "above"
        return f"Anything {side} {threshold} is unusual."
    limit = abs(condition.value)
    size = {
        "percent": f"{_plain(limit, 1)} %",
        "points": f"{_plain(limit, 1)} points",
        "absolute": _value(limit, metric),
    }[condition.unit]
    return f"The limit is {'+' if condition.value >= 0 else MINUS}{size}, which is {threshold}."


def _segment(incident: Incident) -> str:
    if not incident.segment:
        return ""
    if incident.population is not None and incident.population < SMALL_GROUP:
        return " (a small group)"
    return f" ({', '.join(incident.segment.values())})"


def _severity(incident: Incident) -> float:
    """How far beyond the limit, relative to it."""
    if incident.value is None or incident.threshold is None:
        return 0.0
    return float(abs(incident.value - incident.threshold) / (abs(incident.threshold) or 1))


def _value(value: Decimal | None, metric: Metric) -> str:
    if value is None:
        return "none"
    return f"{_plain(value * 100, 1)} %" if metric.unit == "share" else _count(value)


def _count(value: Decimal | None) -> str:
    return _plain(value or Decimal(0), 1)


def _hours(value: Decimal | None) -> str:
    return f"{_plain(value or Decimal(0), 1)} h"


def _plain(number: Decimal, digits: int) -> str:
    """With thousands separated, and no zeros after the point."""
    rounded = number.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    text = f"{rounded:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _when(day: date, rule: Rule | None) -> str:
    """`on 5 January 2026`, or the period that begins then."""
    if rule is None or rule.metric is None:
        return f"on {_day(day)}"
    return _period(day, rule.measured)


def _period(day: date, metric: Metric) -> str:
    if metric.grain == "day":
        return f"on {_day(day)}"
    if metric.grain == "week":
        return f"in the week of {_day(day)}"
    return f"in {day:%B %Y}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _iso_day(text: str) -> str:
    return _day(date.fromisoformat(text))


def _weekday(day: date) -> str:
    return f"{day:%A}"

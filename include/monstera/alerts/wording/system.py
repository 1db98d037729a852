"""Words for what happens to the machinery: deliveries, runs, checks, channels, refused access."""

from datetime import date
from decimal import Decimal

from monstera.alerts.conditions import (
    Check,
    Delivery,
    Freshness,
    OfSystem,
    Pipeline,
    Refusals,
)
from monstera.alerts.incidents import Incident
from monstera.alerts.wording.figures import count_text, day_text, hours_text, minutes_text

Rows = tuple[tuple[str, str], ...]


def title(incident: Incident, condition: OfSystem) -> str:
    """What happened, in a few words."""
    labels = incident.segment
    if isinstance(condition, Check):
        return f"Check {labels['check']} failed"
    if isinstance(condition, Freshness):
        late = f"Delivery of {condition.feed} {hours_text(incident.value)} late"
        return late if incident.value is not None else f"No delivery of {condition.feed} yet"
    if isinstance(condition, Delivery):
        return f"Channel {labels['channel']} has refused messages for {shown(incident, condition)}"
    if isinstance(condition, Refusals):
        return f"Access refused {shown(incident, condition)} within an hour"
    if not labels:
        since = "yet" if incident.value is None else f"for {hours_text(incident.value)}"
        return f"Nothing published {since}"
    place = f" at {labels['task']}" if "task" in labels else ""
    return f"Pipeline {labels['dag']} failed{place}"


def sentence(incident: Incident, condition: OfSystem) -> str:
    """What happened, with value, limit and date."""
    labels, facts = incident.segment, incident.facts
    value = shown(incident, condition)
    if isinstance(condition, Check):
        return (
            f"The data check {labels['check']} on {facts['dataset']} found {_rows(value)} it, "
            f"as of {day_text(incident.last_seen_on)}."
        )
    if isinstance(condition, Freshness):
        return _late(incident, condition)
    if isinstance(condition, Delivery):
        return (
            f"The channel {labels['channel']} has taken nothing for {value}; "
            f"{minutes_text(condition.value)} are allowed. What it refuses is tried again."
        )
    if isinstance(condition, Refusals):
        return (
            f"The principal {labels['principal']} was refused reads or logins {value} within an "
            f"hour on {day_text(incident.last_seen_on)}; {count_text(condition.value)} are allowed."
        )
    if not labels:
        return _unpublished(incident)
    what = "did not end in time" if "task" not in labels else "failed for good"
    place = f"The task {labels['task']} of " if "task" in labels else ""
    return (
        f"{place}{labels['dag']} {what} in the run {facts['run']}. "
        "What was published before stays as it is."
    )


def _late(incident: Incident, condition: Freshness) -> str:
    if incident.value is None:
        return f"No delivery of {condition.feed} has ever arrived, where one was expected."
    facts = incident.facts
    return (
        f"The delivery of {condition.feed} for {_iso_day(facts['missing'])} has not "
        f"arrived; it is {hours_text(incident.value)} late, and {hours_text(condition.value)} are "
        f"allowed. The newest one is that of {_iso_day(facts['newest'])}."
    )


def _unpublished(incident: Incident) -> str:
    if incident.value is None:
        return "Nothing has ever been published, where something was expected."
    allowed = hours_text(incident.threshold)
    return (
        f"The last publication is {hours_text(incident.value)} old; {allowed} are allowed. "
        "What readers see is out of date."
    )


def numbers(incident: Incident, condition: OfSystem) -> Rows:
    """Label and text of each number."""
    value = shown(incident, condition)
    if isinstance(condition, Check):
        return (("Rows that failed", value), ("Table", incident.facts["dataset"]))
    if isinstance(condition, Delivery):
        return (("Refuses for", value), ("Allowed", minutes_text(incident.threshold)))
    if isinstance(condition, Refusals):
        allowed = f"{count_text(incident.threshold)} times an hour"
        return (
            ("Refused", value), ("Allowed", allowed), ("Principal", incident.segment["principal"])
        )  # fmt: skip
    if isinstance(condition, Pipeline) and incident.segment:
        named = {**incident.segment, **incident.facts}
        return tuple((label.replace("_", " ").capitalize(), text) for label, text in named.items())
    label = "Late by" if isinstance(condition, Freshness) else "Since the last publication"
    if incident.value is None:
        return ((label, "none"),)
    return ((label, value), ("Allowed", hours_text(incident.threshold)))


def shown(incident: Incident, condition: OfSystem) -> str:
    """The value of an incident in its unit."""
    return value_text(incident.value, condition)


def value_text(value: Decimal | None, condition: OfSystem) -> str:
    """A value in its unit: rows, times, minutes or hours."""
    if isinstance(condition, Refusals):
        return f"{count_text(value)} times"
    if isinstance(condition, Check):
        return count_text(value)
    return minutes_text(value) if isinstance(condition, Delivery) else hours_text(value)


def _rows(number: str) -> str:
    return "1 row that breaks" if number == "1" else f"{number} rows that break"


def _iso_day(text: str) -> str:
    return day_text(date.fromisoformat(text))

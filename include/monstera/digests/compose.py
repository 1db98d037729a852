"""A digest, read from what is published."""

from collections.abc import Mapping
from typing import Any

import psycopg

from monstera.alerts.incidents import Incident
from monstera.alerts.rules import Rule
from monstera.definitions import Definitions
from monstera.digests import listings
from monstera.digests.figures import most_moved, readings
from monstera.digests.periods import Period
from monstera.notify.digest import Digest


def compose(
    connection: "psycopg.Connection[Any]",
    definitions: Definitions,
    rules: Mapping[str, Rule],
    period: Period,
) -> Digest:
    """What the digest of a period says; the same however often it is asked, until data changes."""
    found = readings(connection, definitions, period)
    incidents = listings.incidents_of(connection, period)
    corrected = listings.corrected_by_metric(connection, definitions, period)
    shown = [listings.alerts(incidents, rules, period)]
    if period.kind == "daily":
        shown.append(listings.worth_a_look(incidents, rules, period))
    else:
        shown.append(listings.responses(connection, period))
    return Digest(
        kind=period.kind,
        period=period.title,
        summary=_summary(incidents, period, len(corrected)),
        compared_with=period.compared_with,
        figures=tuple(reading.figure for reading in found),
        charts=tuple(most_moved(found, period)),
        listings=(*shown, listings.corrections(connection, corrected, period)),
    )


def _summary(incidents: list[Incident], period: Period, metrics: int) -> str:
    """How many alerts fired and are open, and how many metrics were corrected."""
    told = [incident for incident in incidents if incident.priority != "P3"]
    fired = sum(incident.opened_on >= period.first for incident in told)
    still_open = sum(
        incident.resolved_on is None or incident.resolved_on > period.last for incident in told
    )
    sentences = [
        f"{_number(fired, 'alert')} fired and {still_open or 'none'} "
        f"{'is' if still_open == 1 else 'are'} open."
        if fired or still_open
        else "No alert fired and none is open.",
        f"Late data corrected {_number(metrics, 'metric')}." if metrics else "",
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _number(count: int, thing: str) -> str:
    return f"{count or 'No'} {thing}{'' if count == 1 else 's'}"

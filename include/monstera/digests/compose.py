"""A digest, read from what is published."""

from collections.abc import Mapping
from typing import Any

import psycopg

from monstera.alerts.rules import Rule
from monstera.definitions import Definitions
from monstera.digests import alerts, corrections
from monstera.digests.alerts import Alert, alerts_of
from monstera.digests.figures import most_moved, readings
from monstera.digests.periods import Period
from monstera.digests.words import count
from monstera.notify.digest import Digest


def compose(
    connection: "psycopg.Connection[Any]",
    definitions: Definitions,
    rules: Mapping[str, Rule],
    period: Period,
) -> Digest:
    """What the digest of a period says; the same however often it is asked, until data changes."""
    found = readings(connection, definitions, period)
    fired = alerts_of(connection, rules, period)
    corrected = corrections.by_metric(connection, definitions, period)
    shown = [alerts.told(fired, period)]
    if period.kind == "daily":
        shown.append(alerts.worth_a_look(fired, period))
    else:
        shown.append(alerts.responses(connection, fired, period))
    return Digest(
        kind=period.kind,
        period=period.title,
        summary=_summary(fired, period, len(corrected)),
        compared_with=period.compared_with,
        figures=tuple(reading.figure for reading in found),
        charts=tuple(most_moved(found, period)),
        listings=(*shown, corrections.listing(connection, corrected, period)),
    )


def _summary(found: list[Alert], period: Period, metrics: int) -> str:
    """How many alerts fired and are open, and how many metrics were corrected."""
    told = [alert for alert in found if not alert.waits_for_this]
    fired = sum(alert.fired_on >= period.first for alert in told)
    still_open = sum(alert.end_by(period) is None for alert in told)
    sentences = [
        f"{count(fired, 'alert')} fired and {still_open or 'none'} "
        f"{'is' if still_open == 1 else 'are'} open."
        if fired or still_open
        else "No alert fired and none is open.",
        f"Late data corrected {count(metrics, 'metric')}." if metrics else "",
    ]
    return " ".join(sentence for sentence in sentences if sentence)

"""Digests on their way: once each, by the date of the data."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

import psycopg

from monstera.alerts import rules_of
from monstera.alerts.rules import Rule
from monstera.definitions import Definitions
from monstera.digests.alerts import alerts_of
from monstera.digests.compose import compose
from monstera.digests.periods import Period, newest
from monstera.notify import Routing, routing_of
from monstera.notify.digest import DigestKind
from monstera.notify.outbox import knows_digest, post_digest
from monstera.warehouse import Warehouse

ROLE = "monstera_alerter"
KINDS: tuple[DigestKind, ...] = get_args(DigestKind)


def post_due(
    warehouse: Warehouse, definitions: Definitions, as_of: date, now: datetime
) -> list[str]:
    """Writes to the outbox what is due once the day `as_of` is published.

    A digest is due when its period is over and was not written before. Days that are made up for
    long after they were over have none.

    Returns:
        The names of the digests that were written.

    Raises:
        monstera.definitions.DefinitionError: a rule or the routing is wrong.
    """
    today = now.astimezone(ZoneInfo(definitions.lifecycle.business_time_zone)).date()
    periods = [newest(kind, as_of) for kind in KINDS]
    with warehouse.transaction(ROLE) as connection:
        due = [
            period
            for period in periods
            if period.is_news(today) and not knows_digest(connection, period.name)
        ]
    if not due:
        return []
    rules, routing = rules_of(definitions), routing_of(definitions)
    with warehouse.transaction(ROLE) as connection:
        return [
            period.name
            for period in due
            if _post(connection, definitions, rules, routing, period, now)
        ]


def _post(
    connection: "psycopg.Connection[Any]",
    definitions: Definitions,
    rules: Mapping[str, Rule],
    routing: Routing,
    period: Period,
    now: datetime,
) -> int:
    readers = dict.fromkeys(routing.readers(period.kind))
    if period.kind == "daily":  # the only one who tells the owners of P3 of their alerts
        for alert in alerts_of(connection, rules, period):
            if alert.waits_for_this:
                readers |= dict.fromkeys(routing.addresses("mail", alert.incident.owner))
    if not readers:
        return 0
    digest = compose(connection, definitions, rules, period)
    return post_digest(connection, period.name, digest, readers, now)

"""Conditions on the machinery: deliveries, runs, checks, channels, refused access."""

from datetime import date
from decimal import Decimal
from typing import ClassVar, Literal

from monstera.alerts.conditions.base import (
    COMPARE,
    Comparison,
    Days,
    History,
    Judgement,
    Source,
    judged,
)
from monstera.definitions import Grain
from monstera.definitions.model import Definition, Name, Number, OneDayOrMore

Labels = tuple[frozenset[str], ...]
"""Keys of the labels that an alert can have, each way that they come together."""


class _Limit(Definition):
    """A number read from the machinery that a limit must not be passed by."""

    compares: ClassVar[Grain] = "day"

    op: Comparison
    value: Number

    def judge(self, value: Decimal, on: date, history: History, incident_days: Days) -> Judgement:
        """Judges the number by itself; no day before matters."""
        return judged(COMPARE[self.op](value, self.value), value, self.value)


class Freshness(_Limit):
    """The next delivery of a feed is late by more than a limit in hours.

    Deliveries come every `every_days` days; that of a day is due when the day ends.
    """

    reads: ClassVar[Source] = "deliveries"
    labels: ClassVar[Labels] = (frozenset(),)

    kind: Literal["freshness"]
    feed: Name = "events"
    every_days: OneDayOrMore = 1
    unit: Literal["hours"]


class Pipeline(_Limit):
    """A task failed for good, or the last publication is older than a limit in hours."""

    reads: ClassVar[Source] = "publications"
    labels: ClassVar[Labels] = (frozenset(), frozenset({"dag"}), frozenset({"dag", "task"}))

    kind: Literal["pipeline"]
    unit: Literal["hours"]


class Check(Definition):
    """A data check of a severity did not hold; the value is the number of rows that broke it."""

    reads: ClassVar[Source] = "checks"
    labels: ClassVar[Labels] = (frozenset({"check"}),)
    compares: ClassVar[Grain] = "day"

    kind: Literal["check"]
    severity: Literal["error", "warn", "notice"]

    def judge(self, value: Decimal, on: date, history: History, incident_days: Days) -> Judgement:
        """Judges the rows that broke the check; 0: it held."""
        return judged(value > 0, value, Decimal(0))


class Delivery(_Limit):
    """A channel has refused messages for longer than a limit in minutes."""

    reads: ClassVar[Source] = "outbox"
    labels: ClassVar[Labels] = (frozenset({"channel"}),)

    kind: Literal["delivery"]
    unit: Literal["minutes"]


class Refusals(_Limit):
    """Reads or logins of one principal were refused more often within an hour than a limit."""

    reads: ClassVar[Source] = "audit_log"
    labels: ClassVar[Labels] = (frozenset({"principal"}),)

    kind: Literal["refusals"]
    unit: Literal["an_hour"]

"""Conditions on the machinery: deliveries, runs, checks, channels, refused access."""

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

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
from monstera.definitions.model import Definition, Name, Number


class Freshness(Definition):
    """The next delivery of a feed is late by more than a limit in hours.

    Deliveries come every `every_days` days; that of a day is due when the day ends.
    """

    reads: ClassVar[Source] = "deliveries"
    compares: ClassVar[Grain] = "day"

    kind: Literal["freshness"]
    feed: Name = "events"
    every_days: Annotated[int, Field(ge=1)] = 1
    op: Comparison
    value: Number
    unit: Literal["hours"]

    def judge(self, value: Decimal, on: date, history: History, incident_days: Days) -> Judgement:
        """Judges how many hours the delivery is late."""
        return judged(COMPARE[self.op](value, self.value), value, self.value)


class Pipeline(Definition):
    """A task failed for good, or the last publication is older than a limit in hours."""

    reads: ClassVar[Source] = "publications"
    compares: ClassVar[Grain] = "day"

    kind: Literal["pipeline"]
    op: Comparison
    value: Number
    unit: Literal["hours"]

    def judge(self, value: Decimal, on: date, history: History, incident_days: Days) -> Judgement:
        """Judges the hours since the last publication."""
        return judged(COMPARE[self.op](value, self.value), value, self.value)


class Check(Definition):
    """A data check of a severity did not hold; the value is the number of rows that broke it."""

    reads: ClassVar[Source] = "checks"
    compares: ClassVar[Grain] = "day"

    kind: Literal["check"]
    severity: Literal["error", "warn", "notice"]

    def judge(self, value: Decimal, on: date, history: History, incident_days: Days) -> Judgement:
        """Judges the rows that broke the check; 0: it held."""
        return judged(value > 0, value, Decimal(0))


class Delivery(Definition):
    """A channel has refused messages for longer than a limit in minutes."""

    reads: ClassVar[Source] = "outbox"
    compares: ClassVar[Grain] = "day"

    kind: Literal["delivery"]
    op: Comparison
    value: Number
    unit: Literal["minutes"]

    def judge(self, value: Decimal, on: date, history: History, incident_days: Days) -> Judgement:
        """Judges for how many minutes a channel has taken nothing."""
        return judged(COMPARE[self.op](value, self.value), value, self.value)


class Refusals(Definition):
    """Reads or logins of one principal were refused more often within an hour than a limit."""

    reads: ClassVar[Source] = "audit_log"
    compares: ClassVar[Grain] = "day"

    kind: Literal["refusals"]
    op: Comparison
    value: Number
    unit: Literal["an_hour"]

    def judge(self, value: Decimal, on: date, history: History, incident_days: Days) -> Judgement:
        """Judges how often a principal was refused within the last hour."""
        return judged(COMPARE[self.op](value, self.value), value, self.value)

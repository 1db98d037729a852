"""Why a user is in a state on a day: the facts that decide it, and a sentence about them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from pydantic import BaseModel, ConfigDict

from monstera.segments.explain import SegmentExplanation, explain_segments
from monstera.transforms import read_sql
from monstera.warehouse import Warehouse
from monstera.warehouse.database import WarehouseError

ROLE = "monstera_transformer"
PLATFORM = "platform"


class UnknownUser(WarehouseError):
    """No published state knows the user or account."""


class NoStateThatDay(WarehouseError):
    """The user has no state on the day: it lies before the signup or after what is published."""


class Facts(BaseModel):
    """What an explanation consists of."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Publication(Facts):
    """What readers see; `grace_days` counts from the first failed payment."""

    as_of: date
    definition_version: int
    business_time_zone: str
    grace_days: int


class Event(Facts):
    """A qualifying event; its type is null where the event itself is gone."""

    event_id: UUID
    event_type: str | None
    occurred_at: datetime
    occurred_on: date
    product_id: str | None


class UserLife(Facts):
    """From a signup or restore to a deletion; an open end is null."""

    life_number: int
    started_on: date
    started_at: datetime
    start_event_id: UUID | None
    ended_on: date | None
    ended_at: datetime | None
    end_event_id: UUID | None


class ScopeState(Facts):
    """The state in one scope, with the activity of this life and the deadlines that it sets."""

    scope: str
    state: str
    activity_state: str | None
    is_dunning: bool
    dunning_type: str | None
    state_since: datetime
    started_on: date
    first_access_at: datetime | None
    new_until: date
    qualifying_events: int
    last_qualifying_on: date | None
    previous_qualifying_on: date | None
    days_since_last_qualifying_event: int | None
    active_until: date | None
    active_set_by: Event | None
    dormant_until: date | None
    dormant_set_by: Event | None


class Membership(Facts):
    """Days in an account; null where they are not bounded."""

    account_id: UUID
    from_on: date | None
    to_on: date | None


class Payment(Facts):
    """A payment or subscription fact, of the user's own or of their account."""

    payer: str
    account_id: UUID | None
    event_id: UUID
    event_type: str
    occurred_at: datetime
    occurred_on: date
    dunning_type: str | None
    effective_on: date | None


class Dunning(Facts):
    """The days of an open payment problem of one kind; `to_on` is null where no end is known."""

    from_on: date
    to_on: date | None
    dunning_type: str
    dunning_since: datetime


class Transition(Facts):
    """One step of the log."""

    scope: str
    transition_on: date
    seq: int
    from_state: str | None
    to_state: str
    transition_timestamp: datetime
    days_in_previous_state: int | None
    reason: str
    triggering_event_id: UUID | None
    triggering_event_type: str | None


class UserExplanation(Facts):
    """Everything that decides a user's states at the end of `date`."""

    user_id: UUID
    date: date
    publication: Publication
    platform: ScopeState
    products: tuple[ScopeState, ...]
    lives: tuple[UserLife, ...]
    dunning: Dunning | None
    accounts: tuple[Membership, ...]
    payments: tuple[Payment, ...]
    transitions: tuple[Transition, ...]
    segments: tuple[SegmentExplanation, ...]
    reason: str


def explain_user(warehouse: Warehouse, user_id: UUID, day: date | None = None) -> UserExplanation:
    """Explains the states of a user at the end of `day`, by default of the published date.

    Raises:
        UnknownUser: nothing published knows the user, or nothing is published.
        NoStateThatDay: the day lies before the signup or after the published date.
    """
    with as_published(warehouse, day) as (connection, publication):
        day = day or publication.as_of
        about = {"user_id": user_id, "day": day}
        lives = rows(connection, "user_lives", about)
        if not lives:
            raise _without_life(connection, user_id, day)
        platform, *products = rows(connection, "user_scopes", about)
        dunning = rows(connection, "user_dunning", about)
        facts = {
            "platform": platform,
            "products": products,
            "lives": lives,
            # deletion closes a problem, whatever the payments say
            "dunning": dunning[0] if dunning and platform["is_dunning"] else None,
            "accounts": rows(connection, "user_accounts", about),
            "payments": rows(connection, "user_payments", about),
            "transitions": rows(connection, "user_transitions", about),
            "segments": explain_segments(
                rows(connection, "user_segments", about),
                rows(connection, "user_segment_numbers", about),
                rows(connection, "user_earlier_segments", about),
            ),
        }
    return UserExplanation.model_validate(
        {
            "user_id": user_id,
            "date": day,
            "publication": publication,
            "reason": _reason(ScopeState(**platform), [UserLife(**life) for life in lives]),
            **facts,
        }
    )


def rows(
    connection: "psycopg.Connection[Any]", query: str, parameters: dict[str, Any]
) -> list[dict[str, Any]]:
    """The rows of a file of `sql/explain/`."""
    return read_sql(f"explain/{query}").execute(connection, parameters).fetchall()


@contextmanager
def as_published(
    warehouse: Warehouse, day: date | None
) -> Iterator[tuple["psycopg.Connection[Any]", Publication]]:
    """One view of what is published, in which the state of a day can be asked for.

    Raises:
        UnknownUser: nothing is published.
        NoStateThatDay: the day lies after the published date.
    """
    with warehouse.transaction(ROLE) as connection:
        connection.execute("set transaction isolation level repeatable read, read only")
        connection.row_factory = dict_row
        found = rows(connection, "publication", {})
        if not found:
            raise UnknownUser("Nothing is published yet: run `monstera run` first.")
        publication = Publication(**found[0])
        if day is not None and day > publication.as_of:
            raise NoStateThatDay(f"{day} is after {publication.as_of}, the last published day.")
        yield connection, publication


def _without_life(
    connection: "psycopg.Connection[Any]", user_id: UUID, day: date
) -> WarehouseError:
    signups = rows(connection, "user_signup", {"user_id": user_id})
    if not signups:
        return UnknownUser(f"No user has the pseudonym {user_id}.")
    signed_up_on = signups[0]["signed_up_on"]
    if signed_up_on is None:
        return UnknownUser(f"The signup of the user {user_id} is not known, so they have no state.")
    if signed_up_on > day:
        return NoStateThatDay(f"The user signed up on {signed_up_on}: no state on {day}.")
    return UnknownUser(f"The signup of the user {user_id} is loaded but not published yet.")


def _reason(platform: ScopeState, lives: list[UserLife]) -> str:
    """One sentence that says what made the platform's state."""
    if platform.state == "deleted":
        return f"The user was deleted on {lives[-1].ended_on} and is not restored since."
    begun = "signed up" if lives[-1].life_number == 1 else "was restored"
    sentence = _activity(platform, begun)
    if platform.state == "dunning":
        return f"A {platform.dunning_type} payment problem is open while {sentence}."
    sentence = sentence[0].upper() + sentence[1:]
    if platform.is_dunning:
        return (
            f"{sentence}; the open {platform.dunning_type} payment problem makes"
            " a state of its own only of active users."
        )
    return f"{sentence}."


def _activity(scope: ScopeState, begun: str) -> str:
    before, silent = scope.previous_qualifying_on, scope.days_since_last_qualifying_event
    match scope.activity_state:
        case "new":
            why = (
                f"the user {begun} on {scope.started_on}, has no qualifying event yet"
                f" and stays new through {scope.new_until}"
            )
        case "active":
            why = f"{_said(scope.active_set_by)} keeps the user active through {scope.active_until}"
        case "returning":
            why = (
                f"{_said(scope.active_set_by)} is the first activity since {before},"
                " and the user had become dormant"
            )
        case "reactivated" if before is None:
            why = (
                f"{_said(scope.active_set_by)} is the first activity ever, after {scope.new_until},"
                " when a user without any counts as churned"
            )
        case "reactivated":
            why = (
                f"{_said(scope.active_set_by)} is the first activity since {before},"
                " and the user had churned"
            )
        case "dormant":
            why = (
                f"the last activity was {silent} days ago: {_said(scope.active_set_by)} kept the"
                f" user active through {scope.active_until}, and they stay dormant"
                f" through {scope.dormant_until}"
            )
        case "churned" if silent is None:
            why = (
                f"the user {begun} on {scope.started_on}"
                f" and had no qualifying event through {scope.new_until}"
            )
        case _:
            why = (
                f"the last activity was {silent} days ago: {_said(scope.dormant_set_by)} kept the"
                f" user from churning through {scope.dormant_until}"
            )
    return why


def _said(event: Event | None) -> str:
    if event is None:  # an erased or corrected fact; the states follow with the next publish
        return "activity"
    product = f" in {event.product_id}" if event.product_id else ""
    what = f"the event {event.event_type}" if event.event_type else "an event"
    return f"{what}{product} on {event.occurred_on}"

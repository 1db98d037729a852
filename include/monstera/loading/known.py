"""What is known of users and accounts, which decides whether their events belong to a life."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg import Connection

DELETIONS = ("user_deleted", "account_deleted")
LIFE_EVENTS = ("user_signed_up", "user_deleted", "user_restored", "account_created",
               "account_deleted")  # fmt: skip
"""Events that say when something lives, and so are never outside a life themselves."""

KEPT_ENTITIES = 100_000
"""Entities that are remembered between blocks, about 400 bytes each."""

_SIGNUPS = """
select user_id, feed_created_at, event_occurred_at
from bronze.user_signups
where user_id = any(%s)
"""
_ACCOUNTS = "select distinct account_id from bronze.accounts where account_id = any(%s)"
_FACTS = """
select entity_id, event_type, occurred_at, event_id
from bronze.entity_facts
where entity_id = any(%s)
    and event_type in ('user_deleted', 'user_restored', 'account_created', 'account_deleted')
"""


class LifeEvent(NamedTuple):
    """A fact about a life; facts are told apart by their ids."""

    occurred_at: datetime
    event_id: UUID
    event_type: str


@dataclass(slots=True)
class Entity:
    """What is known of one user or account."""

    is_user: bool = False
    is_account: bool = False
    feed_created_at: datetime | None = None
    event_signed_up_at: datetime | None = None
    toggles: frozenset[LifeEvent] = frozenset()

    @property
    def signed_up_at(self) -> datetime | None:
        """The signup: what the users feed says, else the earliest event."""
        return self.feed_created_at or self.event_signed_up_at

    def is_deleted_at(self, moment: datetime) -> bool:
        """Whether a deletion at or before the moment was not undone by then."""
        past = [toggle for toggle in self.toggles if toggle.occurred_at <= moment]
        return bool(past) and max(past).event_type in DELETIONS

    def add(self, fact: LifeEvent) -> None:
        """Takes a fact into account, whatever else is known."""
        if fact.event_type == "user_signed_up":
            self.is_user = True
            self.event_signed_up_at = min(
                self.event_signed_up_at or fact.occurred_at, fact.occurred_at
            )
        elif fact.event_type == "account_created":
            self.is_account = True
        else:
            self.toggles |= {fact}


class KnownEntities:
    """Looks entities up by their token, and remembers the latest."""

    def __init__(self, connection: "Connection[Any]", zone: str) -> None:
        self._connection = connection
        self._zone = ZoneInfo(zone)
        self._entities: dict[bytes, Entity] = {}

    def look_up(self, ids: Sequence[bytes]) -> list[Entity]:
        """What is known of each; an entity that nothing is known of is neither user nor account."""
        new = [id for id in ids if id not in self._entities]
        if len(self._entities) + len(new) > KEPT_ENTITIES:
            self._entities.clear()
            new = list(ids)
        if new:
            self._fetch(new)
        return [self._entities[id] for id in ids]

    def first_day(self, entity: Entity) -> int | None:
        """Number of the business day of the signup since 1970-01-01; None: not known."""
        signed_up_at = entity.signed_up_at
        if signed_up_at is None:
            return None
        return signed_up_at.astimezone(self._zone).toordinal() - UNIX_EPOCH

    def _fetch(self, ids: Iterable[bytes]) -> None:
        found = {id: Entity() for id in ids}
        tokens = [UUID(bytes=id) for id in found]
        execute = self._connection.execute
        for user_id, feed_created_at, event_at in execute(_SIGNUPS, [tokens], binary=True):
            entity = found[user_id.bytes]
            entity.is_user = True
            entity.feed_created_at = feed_created_at
            entity.event_signed_up_at = event_at
        for (account_id,) in execute(_ACCOUNTS, [tokens], binary=True):
            found[account_id.bytes].is_account = True
        for entity_id, event_type, occurred_at, event_id in execute(_FACTS, [tokens], binary=True):
            found[entity_id.bytes].add(LifeEvent(occurred_at, event_id, event_type))
        self._entities |= found


UNIX_EPOCH = datetime(1970, 1, 1).toordinal()

"""What a publish is about to compute: which days, everything or what changed, and why."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import psycopg
from psycopg import sql

from monstera.transforms import read_sql
from monstera.warehouse.database import WarehouseError, one_row

BEGINNING = sql.SQL("'-infinity'::date")  # psycopg has no such date

_CURRENT = """
select
    c.as_of,
    v.history_hash,
    -- tables that an upgrade has made are still empty
    p.published_at < (select max(applied_at) from public.monstera_migrations) as is_outdated
from ops.current_publication as c
join ops.publications as p on p.publication_id = c.publication_id
join ref.definition_versions as v on v.version = c.definition_version
"""


class NothingToPublish(WarehouseError):
    """There is no definition or no event to publish."""


class NoSuchPart(WarehouseError):
    """There is no such part of history."""


@dataclass(frozen=True)
class Part:
    """A part of history: what users were who did something on these days in these scopes.

    The scope `platform` stands for whatever they did. Days include both ends.

    Raises:
        NoSuchPart: it ends before it begins.
    """

    start: date
    end: date
    scopes: tuple[str, ...] = ("platform",)

    def __post_init__(self) -> None:
        """Refuses days in the wrong order."""
        if self.end < self.start:
            raise NoSuchPart(f"A part of history cannot end on {self.end}, before {self.start}.")

    @classmethod
    def of(cls, start: date | None, end: date | None, scopes: Sequence[str]) -> "Part | None":
        """The part that somebody asks for; none where they ask for everything.

        Raises:
            NoSuchPart: one of the days is missing, or both where scopes are named; or it ends
                before it begins.
        """
        if start is None and end is None and not scopes:
            return None
        if start is None or end is None:
            raise NoSuchPart("A part of history needs its first and its last day: start and end.")
        return cls(start, end, tuple(scopes) or cls.scopes)


@dataclass(frozen=True)
class Plan:
    """What a publish computes: the days after `previous_as_of` up to `as_of`, and `part` again."""

    as_of: date
    previous_as_of: date | sql.SQL
    published_as_of: date | sql.SQL
    definition_version: int
    gear: str
    reason: str
    cause: str
    started_at: datetime
    part: Part | None = None
    loads: list[int] = field(default_factory=list)
    first_late_day: date | None = None

    @property
    def is_rebuild(self) -> bool:
        """Whether everything is recomputed."""
        return self.gear == "rebuild"


def make_plan(
    connection: "psycopg.Connection[Any]",
    as_of: date | None,
    gear: str,
    reason: str,
    part: Part | None,
) -> Plan:
    """What to compute, by what is published, loaded and in force.

    Raises:
        NothingToPublish: no definitions are compiled yet, or no date is known.
        NoSuchPart: the part names a scope that there is not.
    """
    if part is not None:
        _check_scopes(connection, part)
    in_force = connection.execute(
        "select version, history_hash from ref.definition_versions order by version desc limit 1"
    ).fetchone()
    if in_force is None:
        raise NothingToPublish("No definitions are compiled yet: run `monstera init` first.")
    version, history_hash = in_force
    current = connection.execute(_CURRENT).fetchone()
    published_as_of, published_hash, is_outdated = current or (BEGINNING, None, False)
    never_back = gear == "day" or published_hash != history_hash
    if is_outdated:
        gear = "rebuild"
    cause = "late_data" if gear == "day" else "rebuild"
    if published_hash != history_hash:
        cause = "definition_version"
        gear = "rebuild"
        if published_hash is not None:
            # Events carry what the definitions said when they were loaded.
            read_sql("bronze/events").execute(connection)
    if as_of is None:
        as_of = _last_day(connection, published_as_of)
    if never_back and isinstance(published_as_of, date):
        as_of = max(as_of, published_as_of)
    plan = Plan(
        as_of=as_of,
        previous_as_of=BEGINNING if gear == "rebuild" else published_as_of,
        published_as_of=published_as_of,
        definition_version=version,
        gear=gear,
        reason=reason,
        cause=cause,
        started_at=datetime.now(UTC),
        part=None if gear == "rebuild" else part,
    )
    loads, first_day = one_row(
        connection.execute(
            "select coalesce(array_agg(load_id), '{}'), min(first_occurred_on)"
            " from ops.load_manifest where published_as_of is null and status = 'loaded'"
        )
    )
    return replace(plan, loads=loads, first_late_day=first_day)


def _check_scopes(connection: "psycopg.Connection[Any]", part: Part) -> None:
    known = [scope for (scope,) in connection.execute("select scope from ref.scopes order by 1")]
    if unknown := sorted(set(part.scopes) - set(known)):
        raise NoSuchPart(f"There is no scope {', '.join(unknown)}. Scopes are: {', '.join(known)}.")


def _last_day(connection: "psycopg.Connection[Any]", published_as_of: date | sql.SQL) -> date:
    if isinstance(published_as_of, date):
        return published_as_of
    last: date | None = one_row(
        connection.execute(
            "select max(last_occurred_on) from ops.load_manifest where status = 'loaded'"
        )
    )[0]
    if last is None:
        raise NothingToPublish("Nothing is loaded yet, so there is no day to publish.")
    return last

"""Publishing: compute, check, and let readers see it, in one transaction.

A *day* touches only what changed since the last publication; a *rebuild* recomputes everything
beside the published tables and exchanges them. Both run the files that the `steps.py` of each room
names, in order.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import psycopg
from psycopg import sql

from monstera import audit, metrics, quality
from monstera.accounts import ACCOUNT_STEPS
from monstera.cross_product import CROSS_PRODUCT_STEPS
from monstera.lifecycle import ADVANCE, APPLY, COLLECT, VIEWS
from monstera.publishing import rebuilding
from monstera.segments import SEGMENT_STEPS
from monstera.transforms import read_sql
from monstera.warehouse import Warehouse
from monstera.warehouse.database import WarehouseError, one_row, publishing_held

log = logging.getLogger(__name__)

ROUGH_STATISTICS = "set local default_statistics_target = 20"
"""They do for plans; full ones of wide scratch tables took longer than the tables."""
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

Progress = Callable[[str], None]


class NothingToPublish(WarehouseError):
    """There is no definition or no event to publish."""


@dataclass(frozen=True)
class Publication:
    """What one publish did.

    Attributes:
        as_of: snapshot date that readers see now.
        gear: `day` or `rebuild`.
        users_touched: users whose states were computed.
        transitions_written: rows written to the transition log.
        values_restated: published values that it corrected.
        warnings: names of the data checks of severity `warn` that did not hold.
    """

    as_of: date
    definition_version: int
    gear: str
    users_touched: int
    transitions_written: int
    values_restated: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Plan:
    """What a publish computes: the days after `previous_as_of` up to `as_of`."""

    as_of: date
    previous_as_of: date | sql.SQL
    published_as_of: date | sql.SQL
    definition_version: int
    gear: str
    reason: str
    cause: str
    started_at: datetime
    loads: list[int] = field(default_factory=list)
    first_late_day: date | None = None

    @property
    def is_rebuild(self) -> bool:
        return self.gear == "rebuild"


def publish(
    warehouse: Warehouse,
    as_of: date,
    *,
    reason: str = "daily run",
    progress: Progress | None = None,
) -> Publication:
    """Publishes the states as of the end of `as_of`, all earlier history corrected.

    Never goes back: where a later date is published, that one stays and is corrected. Where the
    definitions changed, migrations ran since, or nothing is published yet, everything is rebuilt.

    Raises:
        NothingToPublish: no definitions are compiled yet.
        monstera.quality.AuditFailed: an error check failed; what was published stays.
    """
    return _publish(warehouse, as_of, "day", reason, progress)


def rebuild(
    warehouse: Warehouse,
    as_of: date | None = None,
    *,
    reason: str,
    progress: Progress | None = None,
) -> Publication:
    """Recomputes everything in one pass and publishes it as of `as_of`.

    Without a date: the published one, else the last day with an event.

    Raises:
        NothingToPublish: no definitions are compiled yet, or no date is known.
        monstera.quality.AuditFailed: an error check failed; what was published stays.
    """
    with audit.recorded(warehouse, "history.rebuild") as counts:
        publication = _publish(warehouse, as_of, "rebuild", reason, progress)
        counts["values_restated"] = publication.values_restated
    return publication


def _publish(
    warehouse: Warehouse, as_of: date | None, gear: str, reason: str, progress: Progress | None
) -> Publication:
    progress = progress or (lambda _: None)
    results: list[quality.CheckResult] = []
    try:
        with publishing_held(warehouse) as connection:
            plan = _plan(connection, as_of, gear, reason)
            if plan.is_rebuild:
                rebuilding.prepare(connection)
            _compute(connection, plan, progress)
            if plan.is_rebuild:
                progress("indexes")
                rebuilding.add_keys(connection)
            publication = _record(connection, plan)
            progress("metrics")
            metrics.compute(connection, _first_changed_day(connection, plan), plan.as_of)
            progress("checks")
            results = quality.audit(connection, plan.as_of, in_full=plan.is_rebuild)
            if any(not result.passed and result.severity == "error" for result in results):
                raise quality.AuditFailed(results)
            if plan.is_rebuild:
                rebuilding.exchange(connection)
            _clear_scratch(connection)
    finally:
        quality.keep_results(warehouse, results)
    warnings = tuple(r.check for r in results if r.severity == "warn" and not r.passed)
    log.info("Published %s", publication)
    return replace(publication, warnings=warnings)


def _first_changed_day(connection: "psycopg.Connection[Any]", plan: _Plan) -> date:
    first: date | None = one_row(
        connection.execute(
            "select least((select min(active_on) from run.activity_delta),"
            " (select min(date) from run.count_deltas),"
            " (select min(date) from run.account_count_deltas),"
            " (select min(from_on) from run.account_touched),"
            " (select min(from_on) from run.attribute_changes))"
        )
    )[0]
    days = [first or plan.as_of, plan.first_late_day or plan.as_of, plan.as_of]
    if isinstance(plan.previous_as_of, date):
        days.append(plan.previous_as_of + timedelta(days=1))
    return min(days)


def _plan(
    connection: "psycopg.Connection[Any]", as_of: date | None, gear: str, reason: str
) -> _Plan:
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
    plan = _Plan(
        as_of=as_of,
        previous_as_of=BEGINNING if gear == "rebuild" else published_as_of,
        published_as_of=published_as_of,
        definition_version=version,
        gear=gear,
        reason=reason,
        cause=cause,
        started_at=datetime.now(UTC),
    )
    loads, first_day = one_row(
        connection.execute(
            "select coalesce(array_agg(load_id), '{}'), min(first_occurred_on)"
            " from ops.load_manifest where published_as_of is null and status = 'loaded'"
        )
    )
    return replace(plan, loads=loads, first_late_day=first_day)


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


def _compute(connection: "psycopg.Connection[Any]", plan: _Plan, progress: Progress) -> None:
    parameters = {
        "as_of": plan.as_of,
        "previous_as_of": plan.previous_as_of,
        "loads": plan.loads,
        "first_late_day": plan.first_late_day,
        "first_reread_day": None,
    }
    connection.execute(ROUGH_STATISTICS)
    for step in COLLECT + ADVANCE + APPLY + SEGMENT_STEPS + ACCOUNT_STEPS + CROSS_PRODUCT_STEPS:
        progress(step)
        if step == "run/fresh_events":
            parameters["first_reread_day"] = one_row(
                connection.execute("select min(from_on) from run.rereads")
            )[0]
        if plan.is_rebuild and step in rebuilding.FILLED_OTHERWISE:
            rebuilding.fill(connection, step)
        else:
            kind = rebuilding.kind_of(step) if plan.is_rebuild else "unlogged table"
            run_step(connection, step, parameters, kind)
        if plan.is_rebuild:
            rebuilding.analyze(connection, step)
    connection.execute("set local default_statistics_target to default")


def run_step(
    connection: "psycopg.Connection[Any]",
    step: str,
    parameters: dict[str, Any],
    kind: Literal["unlogged table", "table", "view"] = "unlogged table",
) -> None:
    """Runs one file: those of `run/` become scratch tables, the others change tables."""
    file = read_sql(step)
    if file.schema != "run":
        file.execute(connection, parameters)
        return
    file.create(connection, parameters, "view" if step in VIEWS else kind)


def _record(connection: "psycopg.Connection[Any]", plan: _Plan) -> Publication:
    """Writes the publication, the counts of the days, and what of them it restates."""
    touched, written = one_row(
        connection.execute(
            "select (select count(*) from run.touched), (select count(*) from run.transitions)"
        )
    )
    publication_id = one_row(connection.execute(
        "insert into ops.publications (as_of, definition_version, gear, reason, started_at,"
        " users_touched, transitions_written, values_restated)"
        " values (%s, %s, %s, %s, %s, %s, %s, 0) returning publication_id",
        [plan.as_of, plan.definition_version, plan.gear, plan.reason, plan.started_at, touched,
         written],
    ))[0]  # fmt: skip
    parameters = {
        "published_as_of": plan.published_as_of,
        "cause": plan.cause,
        "definition_version": plan.definition_version,
        "publication_id": publication_id,
        "is_rebuild": plan.is_rebuild,
    }
    restated = read_sql("ops/metric_restatements").execute(connection, parameters).rowcount
    for counts in ("gold/user_state_counts", "gold/account_state_counts"):
        read_sql(counts).execute(connection, parameters)
    connection.execute(
        "update ops.publications set values_restated = %s where publication_id = %s",
        [restated, publication_id],
    )
    connection.execute(
        "insert into ops.current_publication (as_of, definition_version, publication_id)"
        " values (%s, %s, %s) on conflict (one_row) do update set as_of = excluded.as_of,"
        " definition_version = excluded.definition_version,"
        " publication_id = excluded.publication_id",
        [plan.as_of, plan.definition_version, publication_id],
    )
    connection.execute("analyze ops.current_publication, ops.publications")
    connection.execute(
        "update ops.load_manifest set published_as_of = %s where load_id = any(%s)",
        [plan.as_of, plan.loads],
    )
    return Publication(
        as_of=plan.as_of,
        definition_version=plan.definition_version,
        gear=plan.gear,
        users_touched=touched,
        transitions_written=written,
        values_restated=restated,
    )


def _clear_scratch(connection: "psycopg.Connection[Any]") -> None:
    scratch = connection.execute(
        "select case relkind when 'v' then 'view' else 'table' end, relname from pg_class"
        " where relnamespace = 'run'::regnamespace and relkind in ('r', 'v')"
        " order by relkind = 'v' desc"
    ).fetchall()
    for kind, name in scratch:
        connection.execute(f"drop {kind} if exists run.{name} cascade")

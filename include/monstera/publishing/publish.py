"""Publishing: compute, check, and let readers see it, in one transaction.

A *day* touches only what changed since the last publication; a *rebuild* recomputes everything
beside the published tables and exchanges them. Both run the files that the `steps.py` of each room
names, in order.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

import psycopg

from monstera import audit, metrics, quality
from monstera.accounts import ACCOUNT_STEPS
from monstera.cross_product import CROSS_PRODUCT_STEPS
from monstera.lifecycle import ADVANCE, APPLY, COLLECT, VIEWS
from monstera.publishing import rebuilding
from monstera.publishing.plan import Part, Plan, make_plan
from monstera.segments import SEGMENT_STEPS
from monstera.transforms import read_sql
from monstera.warehouse import Warehouse
from monstera.warehouse.database import one_row, publishing_held

log = logging.getLogger(__name__)

ROUGH_STATISTICS = "set local default_statistics_target = 20"
"""They do for plans; full ones of wide scratch tables took longer than the tables."""
Progress = Callable[[str], None]


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
    part: Part | None = None,
    progress: Progress | None = None,
) -> Publication:
    """Recomputes everything in one pass and publishes it as of `as_of`.

    Without a date: the published one, else the last day with an event. Of a `part`, only the users
    who did something in it are computed again, from their events, which somebody may have corrected
    in `bronze`; what is fresh is published with them.

    Raises:
        NothingToPublish: no definitions are compiled yet, or no date is known.
        NoSuchPart: the part names a scope that there is not.
        monstera.quality.AuditFailed: an error check failed; what was published stays.
    """
    with audit.recorded(warehouse, "history.rebuild") as counts:
        gear = "day" if part else "rebuild"
        publication = _publish(warehouse, as_of, gear, reason, progress, part)
        counts["values_restated"] = publication.values_restated
    return publication


def _publish(
    warehouse: Warehouse,
    as_of: date | None,
    gear: str,
    reason: str,
    progress: Progress | None,
    part: Part | None = None,
) -> Publication:
    progress = progress or (lambda _: None)
    results: list[quality.CheckResult] = []
    try:
        with publishing_held(warehouse) as connection:
            plan = make_plan(connection, as_of, gear, reason, part)
            if plan.is_rebuild:
                rebuilding.prepare(connection)
            _compute(connection, plan, progress)
            if plan.is_rebuild:
                progress("indexes")
                rebuilding.add_keys(connection)
            publication = _record(connection, plan)
            if plan.part:  # its events are counted again, as those of days never counted
                connection.execute(
                    "delete from gold.events_daily where date between %s and %s",
                    [plan.part.start, plan.part.end],
                )
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


def _first_changed_day(connection: "psycopg.Connection[Any]", plan: Plan) -> date:
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


def _compute(connection: "psycopg.Connection[Any]", plan: Plan, progress: Progress) -> None:
    parameters = {
        "as_of": plan.as_of,
        "previous_as_of": plan.previous_as_of,
        "loads": plan.loads,
        "first_late_day": plan.first_late_day,
        "first_reread_day": None,
        "part_from": plan.part and plan.part.start,
        "part_until": plan.part and plan.part.end,
        "part_scopes": list(plan.part.scopes) if plan.part else [],
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


def _record(connection: "psycopg.Connection[Any]", plan: Plan) -> Publication:
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

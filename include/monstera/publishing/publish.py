"""Publishing: compute, check, and let readers see it, in one transaction.

A *day* touches only what changed since the last publication; a *rebuild* recomputes everything
beside the published tables and exchanges them.
"""

import logging
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import psycopg

from monstera import audit, metrics, quality
from monstera.publishing import rebuilding, scratch
from monstera.publishing.computing import Progress, compute
from monstera.publishing.plan import Part, Plan, make_plan
from monstera.transforms import read_sql
from monstera.warehouse import Warehouse
from monstera.warehouse.database import one_row, publishing_held

log = logging.getLogger(__name__)


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
            compute(connection, plan, progress)
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
            (first_changed,) = one_row(connection.execute("table run.first_changed_day"))
            metrics.compute(connection, first_changed, plan.as_of)
            progress("checks")
            results = quality.audit(connection, plan.as_of, in_full=plan.is_rebuild)
            if any(not result.passed and result.severity == "error" for result in results):
                raise quality.AuditFailed(results)
            if plan.is_rebuild:
                rebuilding.exchange(connection)
            scratch.drop_all(connection)
    finally:
        quality.keep_results(warehouse, results)
    warnings = tuple(r.check for r in results if r.severity == "warn" and not r.passed)
    log.info("Published %s", publication)
    return replace(publication, warnings=warnings)


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

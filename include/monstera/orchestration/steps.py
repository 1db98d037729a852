"""What the DAGs' tasks do: each opens the warehouse, calls one room and returns counts.

What a task returns is kept by Airflow and shown to everybody who may see the DAG: dates, counts and
names of checks or digests, nothing else. Rooms are imported when they are called, so that DAG files
stay quick to parse.
"""

import calendar
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from monstera.orchestration.deployment import Deployment, deployment, warehouse
from monstera.orchestration.moments import standard
from monstera.orchestration.wiring import business_time_zone

if TYPE_CHECKING:
    from monstera.publishing import Publication

DAYS_MADE_UP_ONE_BY_ONE = 7
AUDIT_HEAD = "monstera_audit_head"
Counts = dict[str, Any]


def day_to_publish(asked_for: str | None, interval_start: datetime | None) -> str:
    """The business day that a run publishes, as `YYYY-MM-DD`.

    It is the day asked for, else the day of the run's data interval, else the last one that ended.
    Where the warehouse is more than `DAYS_MADE_UP_ONE_BY_ONE` days behind, the first run makes up
    for all of them in one pass, and the following ones find little left to do.
    """
    from monstera.publishing import published_as_of

    if asked_for:
        return date.fromisoformat(asked_for).isoformat()
    here = deployment()
    zone = ZoneInfo(here.definitions.lifecycle.business_time_zone)
    last_ended = datetime.now(zone).date() - timedelta(days=1)
    if interval_start is None:
        return last_ended.isoformat()
    day = standard(interval_start).astimezone(zone).date()
    published = published_as_of(here.warehouse)
    is_ahead = published is not None and published >= day
    if is_ahead or (last_ended - day).days <= DAYS_MADE_UP_ONE_BY_ONE:
        return day.isoformat()
    return last_ended.isoformat()


def compile_definitions() -> Counts:
    """Brings the definitions of the folder into force, where they changed."""
    from monstera.pipeline import definitions_in_force

    here = deployment()
    definitions = definitions_in_force(here.warehouse, here.settings)
    return {"products": len(definitions.products), "event_types": len(definitions.event_types)}


def load(until_dt: str | None = None, feeds: list[str] | None = None) -> Counts:
    """Loads every complete file delivered up to `until_dt` that is not loaded yet."""
    from monstera.pipeline import load_delivered

    here = deployment()
    day = date.fromisoformat(until_dt) if until_dt else None
    report = load_delivered(here.warehouse, here.settings, day, feeds or None)
    totals = report.totals
    return {
        "files": len(report.files),
        "files_refused": len(report.refused),
        "rows_read": totals.rows_read,
        "accepted": totals.accepted,
        "duplicate": totals.duplicate,
        "quarantined": totals.quarantined,
        "suppressed": totals.suppressed,
    }


def publish(as_of: str, reason: str) -> Counts:
    """Publishes as of the end of a day."""
    from monstera import publishing

    day = date.fromisoformat(as_of)
    return _counts(publishing.publish(warehouse(), day, reason=reason))


def compare_retention(as_of: str) -> int:
    """Compares retention by the number of products, once a week: at the end of a Sunday.

    Returns the number of rows kept.
    """
    day = date.fromisoformat(as_of)
    if day.weekday() != calendar.SUNDAY:
        return 0
    from monstera import cross_product

    return len(cross_product.compare_retention(warehouse(), day))


def rebuild(
    as_of: str | None,
    reason: str,
    start: str | None = None,
    end: str | None = None,
    scopes: Sequence[str] = (),
) -> Counts:
    """Recomputes everything, or what users were who did something on these days, and publishes it.

    Raises:
        monstera.publishing.NoSuchPart: the days or scopes make no part of history.
    """
    from monstera import publishing

    day = date.fromisoformat(as_of) if as_of else None
    part = publishing.Part.of(
        date.fromisoformat(start) if start else None,
        date.fromisoformat(end) if end else None,
        scopes,
    )
    return _counts(publishing.rebuild(warehouse(), day, reason=reason, part=part))


def evaluate_alerts(moment: datetime | None, day: str | None = None) -> Counts:
    """Judges every rule on what is published, as seen at `moment` (default: now).

    On the published `day`, which is the newest unless said.

    Raises:
        monstera.alerts.RulesFailed: some could not be judged; what the others said is kept.
    """
    from monstera import alerts, audit

    here = deployment()
    now = standard(moment) or datetime.now(UTC)
    as_of = _published_day(here, day)
    audit.enter_kept(here.warehouse, here.settings)
    report = alerts.evaluate(here.warehouse, here.definitions, as_of, now, notify=True)
    alerts.beat(here.settings.heartbeat_target, now)
    report.check()
    return {"as_of": as_of and as_of.isoformat(), **report.counts()}


def write_digests(moment: datetime | None, day: str | None = None) -> Counts:
    """Writes the digests that are due once `day` (default: the newest) is published."""
    from monstera import digests

    here = deployment()
    now = standard(moment) or datetime.now(UTC)
    as_of = _published_day(here, day)
    if as_of is None:
        return {"digests": []}
    return {"digests": digests.post_due(here.warehouse, here.definitions, as_of, now)}


def send_messages(moment: datetime | None) -> Counts:
    """Sends what is due in the outbox."""
    from monstera import notify
    from monstera.orchestration.channels import channels, routing_in_force

    here = deployment()
    now = standard(moment) or datetime.now(UTC)
    routing = routing_in_force(here)
    delivery = notify.send_due(here.warehouse, channels(here, routing), now, routing)
    return asdict(delivery)


def make_partitions() -> None:
    """Makes the partitions of the months to come."""
    from monstera.warehouse import maintenance

    maintenance.make_partitions(warehouse(), datetime.now(UTC).date())


def delete_expired() -> Counts:
    """Deletes what has expired."""
    from monstera.warehouse import maintenance

    return maintenance.delete_expired(warehouse(), datetime.now(UTC))


def vacuum() -> Counts:
    """Vacuums and analyzes what changed."""
    from monstera.warehouse import maintenance

    return {"tables": maintenance.vacuum(warehouse())}


def audit_in_full(moment: datetime | None) -> Counts:
    """On Sundays: every check on everything. Results are for the alert rules to judge."""
    from monstera import publishing, quality

    now = standard(moment) or datetime.now(UTC)
    if now.astimezone(ZoneInfo(business_time_zone())).weekday() != calendar.SUNDAY:
        return {}
    published = warehouse()
    as_of = publishing.published_as_of(published)
    if as_of is None:
        return {}
    results = quality.audit_in_full(published, as_of)
    return {"checks": len(results), "failed": sum(not result.passed for result in results)}


def verify_audit_log() -> str:
    """Checks the audit log, and that it still holds the newest entry of the last time.

    That is kept in Airflow's own database: whoever could make the log of the warehouse anew would
    have to write there too.

    Raises:
        monstera.audit.AuditLogBroken: it was tampered with.
    """
    from airflow.sdk import Variable

    from monstera import audit

    known = Variable.get(AUDIT_HEAD, default=None)
    head = audit.verify(warehouse(), known and audit.Head.parse(known))
    Variable.set(AUDIT_HEAD, str(head), description="Newest entry of the audit log when verified.")
    return str(head)


def _published_day(here: Deployment, day: str | None) -> date | None:
    from monstera.publishing import published_as_of

    return date.fromisoformat(day) if day else published_as_of(here.warehouse)


def _counts(publication: "Publication") -> Counts:
    as_json = {"as_of": publication.as_of.isoformat(), "warnings": list(publication.warnings)}
    return asdict(publication) | as_json

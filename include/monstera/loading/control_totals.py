"""Control totals: what a source says it delivered, beside what was loaded."""

import json
import logging
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from psycopg import Connection, sql
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from monstera.loading.landing import LandingFile, LandingZone
from monstera.loading.transaction import loading_transaction

log = logging.getLogger(__name__)

MAX_BYTES = 100_000
ROWS = "rows"
UNREADABLE = "(unreadable)"

_KNOWN = """
select dt, max(source_version), bool_or(checked_at < (
    select max(finished_at) from ops.load_manifest as m where m.feed = c.feed and m.dt = c.dt
))
from ops.control_totals as c
where feed = %s
group by feed, dt
"""
_LOADED = """
select coalesce(sum(rows_read), 0), coalesce(sum(rows_read - accepted), 0),
    coalesce(array_agg(load_id), '{}')
from ops.load_manifest
where feed = %s and dt = %s and kind = 'file' and status = 'loaded'
    and load_id not in (
        select replaces_load_id from ops.load_manifest where replaces_load_id is not null
    )
"""
_FORGET = "delete from ops.control_totals where feed = %s and dt = %s"
_KEEP = """
insert into ops.control_totals (feed, dt, measure, expected, found, source_version)
values (%s, %s, %s, %s, %s, %s)
"""


class ControlTotals(BaseModel):
    """The content of a `_control.json`: rows in all files of the folder, sums of columns."""

    model_config = ConfigDict(extra="forbid")

    rows: Annotated[int, Field(ge=0)]
    sums: dict[str, Decimal] = {}


def reconcile(
    connection: "Connection[Any]",
    zone: LandingZone,
    feed: str,
    numeric: frozenset[str],
    until_dt: date | None,
) -> None:
    """Compares every delivery whose files or whose control totals are new since the last time.

    A sum is compared where every row of the delivery was accepted, since the warehouse holds no
    others. A file that cannot be read is written down as such.

    Args:
        numeric: columns of the feed's table that can be summed; another sum stays without a
            counterpart.
    """
    known = {dt: (version, is_old) for dt, version, is_old in connection.execute(_KNOWN, [feed])}
    for file in zone.control_files(feed, until_dt=until_dt):
        version, is_old = known.get(file.dt, (None, True))
        if version == file.version and not is_old:
            continue
        with loading_transaction(connection):
            connection.execute(_FORGET, [feed, file.dt])
            for measure, expected, found in _compared(connection, zone, file, numeric):
                row = [feed, file.dt, measure, expected, found, file.version]
                connection.execute(_KEEP, row)
                if expected != found:
                    log.warning("%s: %s expected %s, found %s", file.path, measure, expected, found)


def _compared(
    connection: "Connection[Any]",
    zone: LandingZone,
    file: LandingFile,
    numeric: frozenset[str],
) -> list[tuple[str, Decimal | int | None, Decimal | int | None]]:
    try:
        totals = _read(zone, file)
    except ValueError as error:
        log.error("%s is no control file: %s", file.path, error)
        return [(UNREADABLE, None, None)]
    row = connection.execute(_LOADED, [file.feed, file.dt]).fetchone()
    assert row is not None
    rows, not_accepted, loads = row
    sums: Mapping[str, Decimal] = {}
    if not not_accepted:
        sums = _sums(connection, file.feed, totals.sums.keys() & numeric, loads)
    return [
        (ROWS, totals.rows, rows),
        *((column, expected, sums.get(column)) for column, expected in totals.sums.items()),
    ]


def _read(zone: LandingZone, file: LandingFile) -> ControlTotals:
    if file.size > MAX_BYTES:
        raise ValueError(f"expected at most {MAX_BYTES} bytes, found {file.size}")
    try:
        with zone.open(file) as opened:
            content = json.loads(opened.read(), parse_float=Decimal)
        return ControlTotals.model_validate(content)
    except ValidationError as error:
        places = [".".join(map(str, e["loc"])) or "the whole" for e in error.errors()]
        raise ValueError(f"expected {{rows, sums}}, wrong: {', '.join(places)}") from None
    except (json.JSONDecodeError, RecursionError):
        raise ValueError("expected JSON") from None


def _sums(
    connection: "Connection[Any]", feed: str, columns: set[str], loads: list[int]
) -> dict[str, Decimal]:
    names = sorted(columns)
    if not names:
        return {}
    row = connection.execute(
        sql.SQL("select {} from {} where load_id = any(%s)").format(
            sql.SQL(", ").join(
                sql.SQL("coalesce(sum({}), 0)").format(sql.Identifier(name)) for name in names
            ),
            sql.Identifier("bronze", feed),
        ),
        [loads],
    ).fetchone()
    return dict(zip(names, row or (), strict=True))

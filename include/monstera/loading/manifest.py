"""The manifest: which file was loaded when, with what result, and so what is still to load."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from monstera.loading.landing import LandingFile

MAX_UNKNOWN_COLUMNS = 100
MAX_COLUMN_NAME = 100
OTHERS = "(others)"

_LATEST = """
select distinct on (path) path, source_version
from ops.load_manifest
where feed = %s and kind = 'file'
order by path, load_id desc
"""
_OF_PATH = """
select load_id, checksum, source_version, status, error
from ops.load_manifest
where feed = %s and path = %s and kind = 'file'
order by load_id desc
"""
_OF_CONTENT = """
select load_id from ops.load_manifest
where feed = %s and checksum = %s and status = 'loaded' and kind = 'file'
"""
_BEGIN = """
insert into ops.load_manifest (
    feed, path, dt, checksum, source_version, size_bytes, kind, status, error, replaces_load_id
)
values (
    %(feed)s, %(path)s, %(dt)s, %(checksum)s, %(source_version)s, %(size_bytes)s, %(kind)s,
    %(status)s, %(error)s, %(replaces_load_id)s
)
returning load_id
"""
_FINISH = """
update ops.load_manifest
set rows_read = %(rows_read)s, accepted = %(accepted)s, duplicate = %(duplicate)s,
    quarantined = %(quarantined)s, suppressed = %(suppressed)s,
    unknown_columns = %(unknown_columns)s, first_occurred_on = %(first_occurred_on)s,
    last_occurred_on = %(last_occurred_on)s, finished_at = clock_timestamp()
where load_id = %(load_id)s
"""


@dataclass
class Counts:
    """What became of the rows of one load."""

    rows_read: int = 0
    accepted: int = 0
    duplicate: int = 0
    quarantined: int = 0
    suppressed: int = 0
    unknown_columns: Counter[str] = field(default_factory=Counter)
    first_occurred_on: date | None = None
    last_occurred_on: date | None = None

    def check(self) -> None:
        """Raises AssertionError where a row was lost on the way."""
        total = self.accepted + self.duplicate + self.quarantined + self.suppressed
        if self.rows_read != total:
            raise AssertionError(
                f"{self.rows_read} rows read, and {total} accounted for: {self}. Nothing is stored."
            )

    def add(self, other: "Counts") -> None:
        """Adds the counts of another load."""
        self.rows_read += other.rows_read
        self.accepted += other.accepted
        self.duplicate += other.duplicate
        self.quarantined += other.quarantined
        self.suppressed += other.suppressed
        self.unknown_columns += other.unknown_columns
        self.add_days(other.first_occurred_on, other.last_occurred_on)

    def add_days(self, first: date | None, last: date | None) -> None:
        """Widens the range of days with accepted events."""
        if first is not None and last is not None:
            self.first_occurred_on = min(self.first_occurred_on or first, first)
            self.last_occurred_on = max(self.last_occurred_on or last, last)


def latest_versions(connection: "Connection[Any]", feed: str) -> dict[str, str]:
    """What each path of a feed looked like when it was last taken up."""
    return dict(connection.execute(_LATEST, [feed]).fetchall())


def latest_entry(connection: "Connection[Any]", file: LandingFile) -> dict[str, Any] | None:
    """The latest entry of the file's path: load_id, checksum, source_version, status, error."""
    cursor = connection.execute(_OF_PATH, [file.feed, file.path])
    row = cursor.fetchone()
    names = ("load_id", "checksum", "source_version", "status", "error")
    return dict(zip(names, row, strict=True)) if row else None


def loaded_path(connection: "Connection[Any]", file: LandingFile) -> int | None:
    """The latest load of the file's path, whatever its content was then."""
    rows = connection.execute(_OF_PATH, [file.feed, file.path]).fetchall()
    return next((row[0] for row in rows if row[3] == "loaded"), None)


def is_loaded(connection: "Connection[Any]", feed: str, checksum: str) -> bool:
    """Whether the same content was loaded, under whatever name."""
    return connection.execute(_OF_CONTENT, [feed, checksum]).fetchone() is not None


def begin(
    connection: "Connection[Any]",
    file: LandingFile,
    checksum: str | None,
    *,
    status: str = "loaded",
    error: str | None = None,
    replaces: int | None = None,
    is_final: bool = True,
) -> int:
    """Adds the entry of a file and returns its load_id.

    `is_final` False: the next load tries the file again, though it does not change.
    """
    return _insert(
        connection,
        feed=file.feed, path=file.path, dt=file.dt, checksum=checksum,
        source_version=file.version if is_final else None, size_bytes=file.size, kind="file",
        status=status, error=error, replaces_load_id=replaces,
    )  # fmt: skip


def begin_replay(
    connection: "Connection[Any]", source: str, feed: str = "events", dt: date | None = None
) -> int:
    """Adds the entry of a replay of quarantined rows and returns its load_id."""
    return _insert(
        connection,
        feed=feed, path=source, dt=dt, checksum=None, source_version=None,
        size_bytes=None, kind="replay", status="loaded", error=None, replaces_load_id=None,
    )  # fmt: skip


def finish(connection: "Connection[Any]", load_id: int, counts: Counts) -> None:
    """Writes the counts of a load down, once they add up."""
    counts.check()
    connection.execute(
        _FINISH,
        {
            **vars(counts),
            "load_id": load_id,
            "unknown_columns": Jsonb(bounded(counts.unknown_columns)),
        },
    )


def touch(connection: "Connection[Any]", load_id: int, version: str) -> None:
    """Notes that a file looks different and holds the same."""
    connection.execute(
        "update ops.load_manifest set source_version = %s where load_id = %s", [version, load_id]
    )


def _insert(connection: "Connection[Any]", **entry: Any) -> int:
    row = connection.execute(_BEGIN, entry).fetchone()
    assert row is not None
    return int(row[0])


def bounded(columns: Counter[str]) -> dict[str, int]:
    """The most frequent names; the others, which may be anything, together."""
    shown = columns.most_common(MAX_UNKNOWN_COLUMNS)
    named = {name.replace("\0", "")[:MAX_COLUMN_NAME]: count for name, count in shown}
    others = columns.total() - sum(count for _, count in shown)
    return {**named, OTHERS: others} if others else named

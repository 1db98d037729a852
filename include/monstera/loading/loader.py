"""Loading: every complete file that waits in the landing zone, entities first, once."""

import logging
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any

from psycopg import Connection

from monstera.definitions import Definitions
from monstera.loading import manifest
from monstera.loading.control_totals import reconcile
from monstera.loading.event_load import EventLoad, OnRows
from monstera.loading.events import EventReader
from monstera.loading.feed_tables import FeedTable
from monstera.loading.formats import checksum, read_blocks
from monstera.loading.known_blocks import KnownBlocks
from monstera.loading.landing import LandingFile, LandingZone, UnopenedFile, UnreadableFile
from monstera.loading.manifest import Counts
from monstera.loading.pseudonym_key import hold_key
from monstera.loading.pseudonyms import Pseudonyms
from monstera.loading.quarantine import Quarantine
from monstera.loading.record_load import RecordLoad
from monstera.loading.record_tables import EVENTS, record_tables
from monstera.loading.records import RecordReader
from monstera.loading.replaying import Replayer
from monstera.loading.transaction import loading_transaction
from monstera.warehouse import Warehouse

log = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]
"""Called with what is being loaded, and bytes done of bytes in all."""


@dataclass(frozen=True)
class FileReport:
    """What became of a file: `loaded`, `same_content`, `unchanged` or `refused` with an error."""

    feed: str
    path: str
    status: str
    counts: Counts = field(default_factory=Counts)
    error: str | None = None
    seconds: float = 0.0


@dataclass
class LoadReport:
    """What a load did: each file that it took up, and each replay of quarantined rows."""

    files: list[FileReport] = field(default_factory=list)
    replays: list[Counts] = field(default_factory=list)

    @property
    def totals(self) -> Counts:
        """The counts of all files together."""
        totals = Counts()
        for file in self.files:
            totals.add(file.counts)
        return totals

    @property
    def refused(self) -> list[FileReport]:
        """Files that could not be read."""
        return [file for file in self.files if file.status == "refused"]


class _Changed(Exception):
    """The file changed while it was loaded."""


def load(
    warehouse: Warehouse,
    definitions: Definitions,
    landing_uri: str,
    pseudonyms: Pseudonyms,
    *,
    until_dt: date | None = None,
    feeds: Collection[str] | None = None,
    progress: Progress | None = None,
) -> LoadReport:
    """Loads every complete file not yet loaded, each in one transaction, and replays quarantine.

    Order: accounts, users, further feeds, events; in each by delivery day, then path. A file that
    cannot be read is refused, and the others are loaded. Several loaders may run at once: they
    take turns.

    Args:
        until_dt: latest delivery day; None: all.
        feeds: only these feeds; None: all.

    Raises:
        AnotherKey: earlier loads had other pseudonyms; nothing is loaded.
    """
    zone = LandingZone(landing_uri)
    report = LoadReport()
    with warehouse.connect(autocommit=True) as connection:
        hold_key(connection, pseudonyms)
        loader = _Loader(connection, definitions, zone, pseudonyms)
        waiting = list(loader.waiting(until_dt, feeds))
        total = sum(file.size for file in waiting)
        done = 0
        for file in waiting:
            show = partial(_show, progress, file, done, total)
            show(0)
            file_report = loader.load(file, show)
            if file_report is not None:
                report.files.append(file_report)
            done += file.size
        if progress is not None and waiting:
            progress("quarantine", done, total)
        loader.reconcile(until_dt)
        replayer = Replayer(connection, definitions)
        replayer.replay_curable()
        replayer.recognise_admins()
        report.replays = replayer.done
    return report


class _Loader:
    def __init__(
        self,
        connection: "Connection[Any]",
        definitions: Definitions,
        zone: LandingZone,
        pseudonyms: Pseudonyms,
    ) -> None:
        self._connection = connection
        self._definitions = definitions
        self._zone = zone
        self._events = EventReader(definitions, pseudonyms)
        self._known_blocks = KnownBlocks(connection, definitions, pseudonyms)
        self._tables = record_tables(definitions)
        self._records = {
            feed: RecordReader(table.columns, pseudonyms) for feed, table in self._tables.items()
        }

    def waiting(
        self, until_dt: date | None, feeds: Collection[str] | None
    ) -> Iterator[LandingFile]:
        """Files that are new or look different since they were taken up."""
        for feed in (*self._tables, EVENTS):
            if feeds is not None and feed not in feeds:
                continue
            if feed in self._tables:
                with self._connection.transaction():
                    self._tables[feed].prepare(self._connection)
            declared = self._definitions.feeds.get(feed)
            versions = manifest.latest_versions(self._connection, feed)
            for file in self._zone.files(
                feed,
                until_dt=until_dt,
                success_marker=declared is not None and declared.success_marker,
            ):
                if versions.get(file.path) != file.version:
                    yield file

    def reconcile(self, until_dt: date | None) -> None:
        """Compares what was loaded with the control totals that sources delivered beside it."""
        for feed in (*self._tables, EVENTS):
            table = self._tables.get(feed)
            numeric = table.numeric if isinstance(table, FeedTable) else frozenset[str]()
            reconcile(self._connection, self._zone, feed, numeric, until_dt)

    def load(self, file: LandingFile, on_rows: OnRows) -> FileReport | None:
        """Loads one file; None: it changed meanwhile, and the next load takes it."""
        started = time.monotonic()
        digest = None
        try:
            digest = checksum(self._zone, file)
            report = self._load(file, digest, on_rows)
        except UnreadableFile as error:
            report = self._refuse(file, digest, error)
        except _Changed:
            log.warning("%s changed while it was loaded: it is left to the next load", file.path)
            return None
        report = replace(report, seconds=time.monotonic() - started)
        counts = report.counts
        log.info(
            "%s %s: %d read, %d accepted, %d duplicate, %d quarantined, %d suppressed, %.1f s",
            file.path, report.status, counts.rows_read, counts.accepted, counts.duplicate,
            counts.quarantined, counts.suppressed, report.seconds,
        )  # fmt: skip
        return report

    def _load(self, file: LandingFile, digest: str, on_rows: OnRows) -> FileReport:
        with loading_transaction(self._connection):
            entry = manifest.latest_entry(self._connection, file)
            if entry and entry["checksum"] == digest:
                manifest.touch(self._connection, entry["load_id"], file.version)
                return FileReport(file.feed, file.path, "unchanged")
            if manifest.is_loaded(self._connection, file.feed, digest):
                load_id = manifest.begin(self._connection, file, digest, status="same_content")
                manifest.finish(self._connection, load_id, Counts())
                return FileReport(file.feed, file.path, "same_content")
            replaces = manifest.loaded_path(self._connection, file)
            load_id = manifest.begin(self._connection, file, digest, replaces=replaces)
            counts = self._load_rows(file, load_id, on_rows)
            if self._zone.version(file) != file.version:
                raise _Changed
            manifest.finish(self._connection, load_id, counts)
        return FileReport(file.feed, file.path, "loaded", counts)

    def _load_rows(self, file: LandingFile, load_id: int, on_rows: OnRows) -> Counts:
        quarantine = Quarantine(self._connection, load_id, file.feed, file.path, file.dt)
        if file.feed == EVENTS:
            events = EventLoad(self._connection, self._events, load_id, quarantine)
            blocks = read_blocks(self._zone, file, self._events.typed)
            events.add_blocks(blocks, file.dt, self._known_blocks, on_rows)
            return events.counts
        reader, table = self._records[file.feed], self._tables[file.feed]
        records = RecordLoad(self._connection, reader, load_id, quarantine, table)
        records.add_blocks(read_blocks(self._zone, file, reader.typed), file.dt, on_rows)
        return records.counts

    def _refuse(self, file: LandingFile, digest: str | None, error: UnreadableFile) -> FileReport:
        is_final = not isinstance(error, UnopenedFile)
        with loading_transaction(self._connection):
            entry = manifest.latest_entry(self._connection, file)
            if is_final or entry is None or entry["error"] != str(error):
                load_id = manifest.begin(
                    self._connection, file, digest,
                    status="refused", error=str(error), is_final=is_final,
                )  # fmt: skip
                manifest.finish(self._connection, load_id, Counts())
        log.error("%s is refused: it %s", file.path, error)
        return FileReport(file.feed, file.path, "refused", error=str(error))


def _show(progress: Progress | None, file: LandingFile, done: int, total: int, rows: int) -> None:
    if progress is not None:
        progress(f"{file.path}: {rows:,} rows", done, total)

"""Replay: quarantined rows tried again, once what they lacked is there."""

import logging
from collections.abc import Callable, Collection
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from psycopg import Connection

from monstera.definitions import Definitions
from monstera.loading import manifest
from monstera.loading.event_load import EventLoad
from monstera.loading.events import EventReader
from monstera.loading.lines import Block
from monstera.loading.manifest import Counts
from monstera.loading.pseudonyms import StoredTokens
from monstera.loading.quarantine import Quarantine
from monstera.loading.record_load import RecordLoad, RecordTable
from monstera.loading.record_tables import record_tables
from monstera.loading.records import RecordReader
from monstera.loading.taxonomy import Taxonomy
from monstera.loading.transaction import loading_transaction
from monstera.warehouse import Warehouse

log = logging.getLogger(__name__)

ROWS_AT_A_TIME = 10_000
SOURCE = "quarantine"
SOURCE_OF_ADMINS = "events of admins"

# Rows whose every reason may have gone, and whose reasons have.
_CURABLE = """
with candidates as (
    select
        quarantine_id, raw, content_digest, reasons, entity_id, event_type, occurred_on,
        raw::jsonb as event
    from bronze.event_quarantine
    where feed = 'events' and is_replayable and quarantine_id > %(after)s
        and reasons <@ array[
            'unknown_entity', 'before_signup', 'entity_deleted', 'unknown_event_type',
            'unknown_product'
        ]
)

select quarantine_id, raw, content_digest
from candidates as c
where (
        'unknown_entity' <> all(c.reasons)
        or exists (select from bronze.user_signups as s where s.user_id = c.entity_id)
        or exists (select from bronze.accounts as a where a.account_id = c.entity_id)
        or exists (
            select from bronze.entity_facts as f
            where f.entity_id = c.entity_id and f.event_type = 'account_created'
        )
    )
    and (
        'before_signup' <> all(c.reasons)
        or not exists (
            select from bronze.user_signups as s
            where s.user_id = c.entity_id
                and (s.signed_up_at at time zone %(zone)s)::date > c.occurred_on
        )
    )
    and (
        'entity_deleted' <> all(c.reasons)
        or coalesce((
            select f.event_type
            from bronze.entity_facts as f
            where f.entity_id = c.entity_id
                and f.event_type in ('user_deleted', 'user_restored', 'account_deleted')
                and f.occurred_at <= (c.event ->> 'timestamp')::timestamptz
            order by f.occurred_at desc, f.event_id desc
            limit 1
        ), '') not in ('user_deleted', 'account_deleted')
    )
    and ('unknown_event_type' <> all(c.reasons) or c.event_type = any(%(event_types)s))
    and (
        'unknown_product' <> all(c.reasons)
        or c.event -> 'metadata' ->> 'product_id' = any(%(products)s)
        or c.event_type = any(%(types_of_products)s)
    )
order by quarantine_id
limit %(limit)s
"""
_NAMED = """
select quarantine_id, raw, content_digest
from bronze.event_quarantine
where feed = 'events' and is_replayable and quarantine_id > %(after)s
    and (%(reasons)s::text[] is null or reasons && %(reasons)s)
order by quarantine_id
limit %(limit)s
"""

_RECORDS = """
with next_file as (
    select feed, dt
    from bronze.event_quarantine
    where feed = any(%(feeds)s) and is_replayable
        and (%(reasons)s::text[] is null or reasons && %(reasons)s)
        and (feed, dt, quarantine_id) > (%(feed)s, %(dt)s, %(after)s)
    order by feed, dt, quarantine_id
    limit 1
)

select q.feed, q.dt, q.quarantine_id, q.raw
from bronze.event_quarantine as q
inner join next_file as n on n.feed = q.feed and n.dt = q.dt
where q.is_replayable
    and (%(reasons)s::text[] is null or q.reasons && %(reasons)s)
    and (q.feed, q.dt, q.quarantine_id) > (%(feed)s, %(dt)s, %(after)s)
order by q.quarantine_id
limit %(limit)s
"""
_LEAVE = "delete from bronze.event_quarantine where quarantine_id = any(%s)"

_USERS_AMONG_ADMINS = """
select from bronze.events as e
where e.entity_type = 'admin' and e.user_id is null
    and exists (select from bronze.user_signups as s where s.user_id = e.entity_id)
limit 1
"""
_RECOGNISE_ADMINS = """
update bronze.events as e
set user_id = e.entity_id, load_id = %s
where e.entity_type = 'admin' and e.user_id is null
    and exists (select from bronze.user_signups as s where s.user_id = e.entity_id)
returning e.occurred_on
"""


def replay(
    warehouse: Warehouse,
    definitions: Definitions,
    *,
    reasons: Collection[str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[Counts]:
    """Tries quarantined rows again; those that are good now leave the quarantine.

    Without `reasons`: events that lacked an entity, a fact or a definition that is there now. With
    reasons: all rows of any feed that have one of them; with none named: all. Never tried again are
    rows of which not all was kept, and events whose own fields are missing or wrong; the columns of
    a feed's record may be declared otherwise by now.

    Args:
        progress: called with the number of rows tried so far.

    Returns:
        What became of them, one entry for each transaction.
    """
    with warehouse.connect(autocommit=True) as connection:
        replayer = Replayer(connection, definitions, progress)
        if reasons is not None:
            replayer.replay_named(reasons)
        replayer.replay_curable()
    return replayer.done


class Replayer:
    """Tries quarantined rows again on a connection of the owner's, in autocommit.

    Attributes:
        done: what became of them, one entry for each transaction.
    """

    def __init__(
        self,
        connection: "Connection[Any]",
        definitions: Definitions,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self._connection = connection
        self._definitions = definitions
        self._progress = progress
        self._reader = EventReader(definitions, StoredTokens())
        self.done: list[Counts] = []

    def replay_curable(self) -> None:
        """Tries the events whose every reason has gone."""
        taxonomy = Taxonomy(self._definitions)
        definitions = {
            "zone": self._definitions.lifecycle.business_time_zone,
            "event_types": taxonomy.names,
            "types_of_products": [kind.event_type for kind in taxonomy.types if kind.product],
            "products": sorted(taxonomy.products),
        }
        while self._run(_CURABLE, definitions):
            pass  # what was accepted may be what others lacked

    def recognise_admins(self) -> None:
        """Gives events of admins to the users that they turned out to be."""
        with loading_transaction(self._connection):
            if self._connection.execute(_USERS_AMONG_ADMINS).fetchone() is None:
                return
            load_id = manifest.begin_replay(self._connection, SOURCE_OF_ADMINS)
            days = self._connection.execute(_RECOGNISE_ADMINS, [load_id]).fetchall()
            counts = Counts()
            counts.add_days(min(days)[0], max(days)[0])
            manifest.finish(self._connection, load_id, counts)

    def replay_named(self, reasons: Collection[str]) -> None:
        """Tries the rows that have one of the reasons; all, where none is named."""
        self._run_records({"reasons": list(reasons) or None})
        self._run(_NAMED, {"reasons": list(reasons) or None})

    def _run_records(self, parameters: dict[str, Any]) -> None:
        """Tries records of all feeds once, those of a feed and delivery day together."""
        tables = record_tables(self._definitions)
        for table in tables.values():
            with self._connection.transaction():
                table.prepare(self._connection)
        place = {"feed": "", "dt": date.min, "after": 0}
        while True:
            with loading_transaction(self._connection):
                rows = self._connection.execute(
                    _RECORDS,
                    {**parameters, **place, "feeds": list(tables), "limit": ROWS_AT_A_TIME},
                ).fetchall()
                if not rows:
                    return
                feed, dt, after, _ = rows[-1]
                counts = self._replay_records(feed, tables[feed], dt, rows)
            place = {"feed": feed, "dt": dt, "after": after}
            self.done.append(counts)
            self._report(counts)

    def _replay_records(
        self, feed: str, table: RecordTable, dt: date, rows: list[tuple[str, date, int, str]]
    ) -> Counts:
        connection = self._connection
        load_id = manifest.begin_replay(connection, SOURCE, feed, dt)
        quarantine = Quarantine(connection, load_id, feed, SOURCE, dt, is_delivery=False)
        reader = RecordReader(table.columns, StoredTokens())
        load = RecordLoad(connection, reader, load_id, quarantine, table)
        block = Block(np.array([row[2] for row in rows]), pa.array([row[3] for row in rows]))
        connection.execute(_LEAVE, [load.replay(block, dt).tolist()])
        manifest.finish(connection, load_id, load.counts)
        return load.counts

    def _run(self, candidates: str, parameters: dict[str, Any]) -> bool:
        """Tries all candidates once; says whether any was accepted."""
        accepted = 0
        after: int | None = 0
        while after is not None:
            with loading_transaction(self._connection):
                rows = self._connection.execute(
                    candidates, {**parameters, "after": after, "limit": ROWS_AT_A_TIME}
                ).fetchall()
                after = rows[-1][0] if rows else None
                if rows:
                    counts = self._replay(rows)
            if rows:
                accepted += counts.accepted
                self.done.append(counts)
                self._report(counts)
        return accepted > 0

    def _replay(self, rows: list[tuple[int, str, int]]) -> Counts:
        connection = self._connection
        load_id = manifest.begin_replay(connection, SOURCE)
        quarantine = Quarantine(connection, load_id, "events", SOURCE, None, is_delivery=False)
        load = EventLoad(connection, self._reader, load_id, quarantine)
        ids = np.array([row[0] for row in rows])
        digests = np.array([row[2] for row in rows])
        block = Block(ids, pa.array([row[1] for row in rows], pa.string()))
        for batch in self._reader.read(block, None):
            delivered = digests[np.searchsorted(ids, batch.numbers)]
            done = load.add(batch.with_digests(delivered))
            connection.execute(_LEAVE, [batch.numbers[done].tolist()])
        manifest.finish(connection, load_id, load.counts)
        return load.counts

    def _report(self, counts: Counts) -> None:
        log.info(
            "replay: %d tried, %d accepted, %d duplicate, %d stay, %d suppressed",
            counts.rows_read, counts.accepted, counts.duplicate, counts.quarantined,
            counts.suppressed,
        )  # fmt: skip
        if self._progress is not None:
            self._progress(sum(entry.rows_read for entry in self.done))

"""The tables of further feeds: one for each declared feed, in the schema `bronze`."""

from datetime import date
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier, Literal

from monstera.definitions import Column, Feed
from monstera.loading.record_sql import (
    assignments,
    casts,
    create_pending,
    declarations,
    names,
    type_of,
)

SCHEMA = "bronze"
NUMERIC = {"integer", "number"}
DAYS = {"date": "{}", "timestamp": "({} at time zone z.business_time_zone)::date"}
"""The business day of a column of these types."""
BOOKKEEPING = {
    "dt": ("date", "Delivery day of the row as it stands."),
    "load_id": ("bigint", "Load that brought the row as it stands."),
}

# Of two rows with one key the one delivered later stands; on one day, that with greater content.
_MERGE = """
with typed as (
    select {casts} from {pending} as p
),

latest as (
    select distinct on ({key}) * from typed as t order by {key}, t::text collate "C" desc
),

repeated as (
    select {key} from latest as l
    where exists (select from {table} as known where ({known}) is not distinct from ({latest}))
),

merged as (
    insert into {table} as known ({columns}, dt, load_id)
    select l.*, %(dt)s::date, %(load_id)s::bigint from latest as l
    on conflict ({key}) do update set {assignments}
    where (excluded.dt, ({excluded})::text collate "C") > (known.dt, ({known})::text collate "C")
    returning {known_key}
)

select count(*) from (select * from merged except select * from repeated) as news
"""

_MOVED = """
update ops.load_manifest as m
set moved_from = least(m.moved_from, moved.first_on)
from (
    select min(was.day) as first_on
    from (select {casts} from {pending} as p) as l
    inner join {table} as known on ({known_key}) = ({latest_key})
    cross join ref.lifecycle as z
    cross join lateral (values {days}) as was (day, new_day)
    where was.day is distinct from was.new_day
) as moved
where m.load_id = %(load_id)s
"""

_PRESENT = """
select column_name from information_schema.columns where table_schema = %s and table_name = %s
"""


class FeedTable:
    """The table of one feed: a row for each key, as it was delivered last."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self.numeric = frozenset(
            name for name, column in feed.columns.items() if column.type in NUMERIC
        )
        self._table = Identifier(SCHEMA, feed.id)
        self.pending = f"pending_{feed.id}"
        self.columns: dict[str, Column] = {
            name: column.model_copy(update={"required": column.required or name in feed.key})
            for name, column in feed.columns.items()
        }

    def prepare(self, connection: "Connection[Any]") -> None:
        """Makes the table, or adds the columns that are new in the definition."""
        types = {name: type_of(column) for name, column in self.columns.items()}
        types |= {name: type_name for name, (type_name, _) in BOOKKEEPING.items()}
        execute = connection.execute
        present = {name for (name,) in execute(_PRESENT, [SCHEMA, self._feed.id])}
        if present >= types.keys():
            return
        execute(
            SQL("create table if not exists {} ({}, primary key ({}))").format(
                self._table, declarations(types), names(self._feed.key)
            )
        )
        for name, type_name in types.items():
            execute(
                SQL("alter table {} add column if not exists {}").format(
                    self._table, declarations({name: type_name})
                )
            )
        self._comment(connection)
        execute(
            SQL("grant select, insert, update, delete on {} to monstera_loader").format(self._table)
        )
        execute(SQL("grant select on {} to monstera_transformer").format(self._table))

    def begin(self, connection: "Connection[Any]") -> None:
        """Makes the temporary table that a file's rows are gathered in."""
        create_pending(connection, self.pending, self.columns)

    def merge(self, connection: "Connection[Any]", load_id: int, dt: date) -> int:
        """Adds and replaces rows; returns how many bring something new."""
        self._note_moves(connection, load_id)
        key = self._feed.key
        replaced = [name for name in (*self.columns, *BOOKKEEPING) if name not in key]
        merge = SQL(_MERGE).format(
            casts=casts(self.columns, "p"),
            pending=Identifier(self.pending),
            table=self._table,
            columns=names(self.columns),
            key=names(key),
            known_key=names(key, "known"),
            known=names(self.columns, "known"),
            latest=names(self.columns, "l"),
            excluded=names(self.columns, "excluded"),
            assignments=assignments(replaced),
        )
        row = connection.execute(merge, {"dt": dt, "load_id": load_id}).fetchone()
        return int(row[0]) if row else 0

    def _note_moves(self, connection: "Connection[Any]", load_id: int) -> None:
        """Notes in the manifest from which day on rows are about to move to another."""
        days = [
            SQL(f"({day}, {day})").format(Identifier("known", name), Identifier("l", name))
            for name, column in self.columns.items()
            if (day := DAYS.get(column.type)) and name not in self._feed.key
        ]
        if not days:
            return
        moved = SQL(_MOVED).format(
            casts=casts(self.columns, "p"),
            pending=Identifier(self.pending),
            table=self._table,
            known_key=names(self._feed.key, "known"),
            latest_key=names(self._feed.key, "l"),
            days=SQL(", ").join(days),
        )
        connection.execute(moved, {"load_id": load_id})

    def _comment(self, connection: "Connection[Any]") -> None:
        about = {name: column.description or name for name, column in self.columns.items()}
        about |= {name: description for name, (_, description) in BOOKKEEPING.items()}
        connection.execute(
            SQL("comment on table {} is {}").format(
                self._table, Literal(self._feed.description or f"The feed {self._feed.id}.")
            )
        )
        for name, description in about.items():
            connection.execute(
                SQL("comment on column {}.{} is {}").format(
                    self._table, Identifier(name), Literal(description)
                )
            )

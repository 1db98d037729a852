"""The tables of users and accounts: every version kept, with the time that it holds."""

from collections.abc import Collection
from datetime import date
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from monstera.definitions import Column
from monstera.loading.record_sql import assignments, casts, create_pending, names

ID = Column(type="string", pseudonym=True)
TEXT = Column(type="string")
DATE = Column(type="date")
TIME = Column(type="timestamp")

USERS = {
    "user_id": Column(type="string", pseudonym=True, required=True),
    "updated_at": Column(type="timestamp", required=True),
    "user_created_at": TIME,
    "account_id": ID,
    "country": TEXT,
    "plan_type": TEXT,
    "acquisition_source": TEXT,
    "role": TEXT,
    "invited_by_user_id": ID,
}
ACCOUNTS = {
    "account_id": Column(type="string", pseudonym=True, required=True),
    "updated_at": Column(type="timestamp", required=True),
    "account_created_at": TIME,
    "industry": TEXT,
    "country": TEXT,
    "subscription_tier": TEXT,
    "primary_admin_user_id": ID,
    "total_seats": Column(type="integer"),
    "monthly_recurring_revenue": Column(type="number"),
    "currency": TEXT,
    "contract_renewal_date": DATE,
    "trial_ends_on": DATE,
}
DISPLAY_NAME = "display_name"
"""Column of the accounts feed that goes to `bronze.account_directory`, where that is declared."""

# Of two versions with one updated_at the greater content stands, whichever came first.
_MERGE = """
with versions as (
    select distinct on ({id}, updated_at) *
    from (select {casts} from {pending} as p) as v
    order by {id}, updated_at, v::text collate "C" desc
),

merged as (
    insert into {table} as known ({columns}, valid_from, valid_to, load_id)
    select
        *,
        case when row_number() over version = 1 then '-infinity' else updated_at end,
        coalesce(lead(updated_at) over version, 'infinity'),
        %(load_id)s
    from versions
    window version as (partition by {id} order by updated_at)
    on conflict ({id}, updated_at) do update
    set {assignments}
    where ({excluded})::text collate "C" > ({known})::text collate "C"
    returning 1
)

select count(*) from merged
"""
_VALIDITY = """
update {table} as e
set valid_from = v.valid_from, valid_to = v.valid_to
from (
    select
        {id},
        updated_at,
        case when row_number() over version = 1 then '-infinity' else updated_at end as valid_from,
        coalesce(lead(updated_at) over version, 'infinity') as valid_to
    from {table}
    where {id} in (select {id} from {pending})
    window version as (partition by {id} order by updated_at)
) as v
where v.{id} = e.{id} and v.updated_at = e.updated_at
    and (v.valid_from, v.valid_to) is distinct from (e.valid_from, e.valid_to)
"""
# A version that leaves the time out does not take it back.
_SIGNUPS = """
insert into bronze.user_signups as known (user_id, feed_created_at, load_id)
select distinct on (user_id) user_id, user_created_at, %(load_id)s
from bronze.users
where user_id in (select user_id from pending_users)
order by user_id, user_created_at is null, updated_at desc
on conflict (user_id) do update
set feed_created_at = excluded.feed_created_at, load_id = excluded.load_id
where known.feed_created_at is distinct from excluded.feed_created_at
"""
# The latest name stands; of two of one time the greater, whichever came first.
_DIRECTORY = """
insert into bronze.account_directory as known (account_id, display_name, updated_at, load_id)
select distinct on (account_id) account_id, display_name, updated_at, %(load_id)s
from pending_accounts
where display_name is not null
order by account_id, updated_at desc, display_name collate "C" desc
on conflict (account_id) do update
set display_name = excluded.display_name,
    updated_at = excluded.updated_at,
    load_id = excluded.load_id
where (excluded.updated_at, excluded.display_name collate "C")
    > (known.updated_at, known.display_name collate "C")
"""


class EntityTable:
    """`bronze.users` or `bronze.accounts`: versions by id and `updated_at`.

    Attributes:
        columns: what is delivered; the first is the id.
        unversioned: those of them that its own table does not hold.
    """

    def __init__(
        self,
        name: str,
        columns: dict[str, Column],
        *afterwards: str,
        unversioned: Collection[str] = (),
    ) -> None:
        self.columns = columns
        self.pending = f"pending_{name}"
        kept = {key: column for key, column in columns.items() if key not in unversioned}
        id = next(iter(columns))
        words = {
            "table": Identifier("bronze", name),
            "pending": Identifier(self.pending),
            "id": Identifier(id),
            "casts": casts(kept, "p"),
            "columns": names(kept),
            "excluded": names(kept, "excluded"),
            "known": names(kept, "known"),
            "assignments": assignments([*(kept.keys() - {id, "updated_at"}), "load_id"]),
        }
        self._merge = SQL(_MERGE).format(**words)
        self._afterwards = [
            SQL(_VALIDITY).format(**words),
            *(SQL(statement).format() for statement in afterwards),
        ]

    def prepare(self, connection: "Connection[Any]") -> None:
        """Nothing: the table is there."""

    def begin(self, connection: "Connection[Any]") -> None:
        """Makes the temporary table that a file's versions are gathered in."""
        create_pending(connection, self.pending, self.columns)

    def merge(self, connection: "Connection[Any]", load_id: int, dt: date) -> int:
        """Adds the versions that are new and returns how many."""
        parameters = {"load_id": load_id}
        merged = connection.execute(self._merge, parameters).fetchone()
        for statement in self._afterwards:
            connection.execute(statement, parameters)
        return int(merged[0]) if merged else 0


def entity_tables(*, display_names: bool) -> dict[str, EntityTable]:
    """The tables of accounts and users; `display_names`: those of accounts are kept, apart."""
    accounts = (
        EntityTable(
            "accounts", {**ACCOUNTS, DISPLAY_NAME: TEXT}, _DIRECTORY, unversioned=[DISPLAY_NAME]
        )
        if display_names
        else EntityTable("accounts", ACCOUNTS)
    )
    return {"accounts": accounts, "users": EntityTable("users", USERS, _SIGNUPS)}

"""The tables of users and accounts: every version kept, with the time that it holds."""

from datetime import date
from typing import Any

from psycopg import Connection

from monstera.definitions import Column

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
_USERS = """
create temp table pending_users (
    user_id uuid, updated_at timestamptz, user_created_at timestamptz, account_id uuid,
    country text, plan_type text, acquisition_source text, role text, invited_by_user_id uuid
) on commit drop
"""
_MERGE_USERS = """
with versions as (
    select distinct on (user_id, updated_at) *
    from pending_users as p
    order by user_id, updated_at, p::text collate "C" desc
),

merged as (
    insert into bronze.users as known (
        user_id, updated_at, user_created_at, account_id, country, plan_type, acquisition_source,
        role, invited_by_user_id, valid_from, valid_to, load_id
    )
    select
        *,
        case when row_number() over version = 1 then '-infinity' else updated_at end,
        coalesce(lead(updated_at) over version, 'infinity'),
        %(load_id)s
    from versions
    window version as (partition by user_id order by updated_at)
    on conflict (user_id, updated_at) do update
    set user_created_at = excluded.user_created_at,
        account_id = excluded.account_id,
        country = excluded.country,
        plan_type = excluded.plan_type,
        acquisition_source = excluded.acquisition_source,
        role = excluded.role,
        invited_by_user_id = excluded.invited_by_user_id,
        load_id = excluded.load_id
    where (
        (
            excluded.user_id, excluded.updated_at, excluded.user_created_at, excluded.account_id,
            excluded.country, excluded.plan_type, excluded.acquisition_source, excluded.role,
            excluded.invited_by_user_id
        )::text collate "C"
    ) > (
        known.user_id, known.updated_at, known.user_created_at, known.account_id, known.country,
        known.plan_type, known.acquisition_source, known.role, known.invited_by_user_id
    )::text collate "C"
    returning 1
)

select count(*) from merged
"""
_VALIDITY_OF_USERS = """
update bronze.users as u
set valid_from = v.valid_from, valid_to = v.valid_to
from (
    select
        user_id,
        updated_at,
        case when row_number() over version = 1 then '-infinity' else updated_at end as valid_from,
        coalesce(lead(updated_at) over version, 'infinity') as valid_to
    from bronze.users
    where user_id in (select user_id from pending_users)
    window version as (partition by user_id order by updated_at)
) as v
where v.user_id = u.user_id and v.updated_at = u.updated_at
    and (v.valid_from, v.valid_to) is distinct from (u.valid_from, u.valid_to)
"""
_SIGNUPS = """
insert into bronze.user_signups as known (user_id, feed_created_at, load_id)
select user_id, user_created_at, %(load_id)s
from bronze.users
where user_id in (select user_id from pending_users) and valid_to = 'infinity'
on conflict (user_id) do update
set feed_created_at = excluded.feed_created_at, load_id = excluded.load_id
where known.feed_created_at is distinct from excluded.feed_created_at
"""
_ACCOUNTS = """
create temp table pending_accounts (
    account_id uuid, updated_at timestamptz, account_created_at timestamptz, industry text,
    country text, subscription_tier text, primary_admin_user_id uuid, total_seats text,
    monthly_recurring_revenue text, currency text, contract_renewal_date date, trial_ends_on date,
    display_name text
) on commit drop
"""
_MERGE_ACCOUNTS = """
with typed as (
    select
        account_id, updated_at, account_created_at, industry, country, subscription_tier,
        primary_admin_user_id, total_seats::integer as total_seats,
        monthly_recurring_revenue::numeric as monthly_recurring_revenue, currency,
        contract_renewal_date, trial_ends_on
    from pending_accounts
),

versions as (
    select distinct on (account_id, updated_at) *
    from typed as t
    order by account_id, updated_at, t::text collate "C" desc
),

merged as (
    insert into bronze.accounts as known (
        account_id, updated_at, account_created_at, industry, country, subscription_tier,
        primary_admin_user_id, total_seats, monthly_recurring_revenue, currency,
        contract_renewal_date, trial_ends_on, valid_from, valid_to, load_id
    )
    select
        *,
        case when row_number() over version = 1 then '-infinity' else updated_at end,
        coalesce(lead(updated_at) over version, 'infinity'),
        %(load_id)s
    from versions
    window version as (partition by account_id order by updated_at)
    on conflict (account_id, updated_at) do update
    set account_created_at = excluded.account_created_at,
        industry = excluded.industry,
        country = excluded.country,
        subscription_tier = excluded.subscription_tier,
        primary_admin_user_id = excluded.primary_admin_user_id,
        total_seats = excluded.total_seats,
        monthly_recurring_revenue = excluded.monthly_recurring_revenue,
        currency = excluded.currency,
        contract_renewal_date = excluded.contract_renewal_date,
        trial_ends_on = excluded.trial_ends_on,
        load_id = excluded.load_id
    where (
        (
            excluded.account_id, excluded.updated_at, excluded.account_created_at,
            excluded.industry, excluded.country, excluded.subscription_tier,
            excluded.primary_admin_user_id, excluded.total_seats,
            excluded.monthly_recurring_revenue, excluded.currency, excluded.contract_renewal_date,
            excluded.trial_ends_on
        )::text collate "C"
    ) > (
        known.account_id, known.updated_at, known.account_created_at, known.industry,
        known.country, known.subscription_tier, known.primary_admin_user_id, known.total_seats,
        known.monthly_recurring_revenue, known.currency, known.contract_renewal_date,
        known.trial_ends_on
    )::text collate "C"
    returning 1
)

select count(*) from merged
"""
_VALIDITY_OF_ACCOUNTS = """
update bronze.accounts as a
set valid_from = v.valid_from, valid_to = v.valid_to
from (
    select
        account_id,
        updated_at,
        case when row_number() over version = 1 then '-infinity' else updated_at end as valid_from,
        coalesce(lead(updated_at) over version, 'infinity') as valid_to
    from bronze.accounts
    where account_id in (select account_id from pending_accounts)
    window version as (partition by account_id order by updated_at)
) as v
where v.account_id = a.account_id and v.updated_at = a.updated_at
    and (v.valid_from, v.valid_to) is distinct from (a.valid_from, a.valid_to)
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
    """`bronze.users` or `bronze.accounts`: versions by id and `updated_at`."""

    def __init__(
        self, name: str, columns: dict[str, Column], pending: str, merge: str, *afterwards: str
    ) -> None:
        self.columns = columns
        self.pending = f"pending_{name}"
        self._create_pending = pending
        self._merge = merge
        self._afterwards = afterwards

    def prepare(self, connection: "Connection[Any]") -> None:
        """Nothing: the table is there."""

    def begin(self, connection: "Connection[Any]") -> None:
        """Makes the temporary table that a file's versions are gathered in."""
        connection.execute(self._create_pending)

    def merge(self, connection: "Connection[Any]", load_id: int, dt: date) -> int:
        """Adds the versions that are new and returns how many."""
        parameters = {"load_id": load_id}
        merged = connection.execute(self._merge, parameters).fetchone()
        for statement in self._afterwards:
            connection.execute(statement, parameters)
        return int(merged[0]) if merged else 0


def entity_tables(*, display_names: bool) -> dict[str, EntityTable]:
    """The tables of accounts and users; `display_names`: those of accounts are kept, apart."""
    columns = {**ACCOUNTS, DISPLAY_NAME: TEXT} if display_names else ACCOUNTS
    afterwards = [_VALIDITY_OF_ACCOUNTS, *([_DIRECTORY] if display_names else [])]
    return {
        "accounts": EntityTable("accounts", columns, _ACCOUNTS, _MERGE_ACCOUNTS, *afterwards),
        "users": EntityTable("users", USERS, _USERS, _MERGE_USERS, _VALIDITY_OF_USERS, _SIGNUPS),
    }

"""A small world to compute: users, events and facts put straight into bronze, as loaded."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from monstera.definitions import compile_definitions, load_definitions
from monstera.publishing import Publication, publish, rebuild
from monstera.publishing.rebuilding import TABLES
from monstera.warehouse import Warehouse

ACCOUNT_COLUMNS = (
    "account_created_at", "primary_admin_user_id", "subscription_tier", "total_seats",
    "monthly_recurring_revenue", "currency", "contract_renewal_date", "trial_ends_on", "country",
)  # fmt: skip

BOOKKEEPING = {
    "silver.user_states": ["updated_at"],
    "silver.user_segments": ["updated_at"],
    "silver.user_segment_spans": ["created_at"],
}

COUNTS = ("gold.user_state_counts", "gold.account_state_counts", "gold.events_daily")

EVENTS = """
- {event_type: used, is_qualifying: true}
- {event_type: viewed, is_qualifying: false}
- {event_type: checked_in, is_qualifying: true}
- {event_type: configured, is_qualifying: false}
"""


def uid(name: str) -> UUID:
    """The id that a name has in this world."""
    return UUID(bytes=hashlib.sha256(name.encode()).digest()[:16])


def utc(text: str) -> datetime:
    """The time that ISO 8601 without an offset names in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def by_publication(
    arrivals: Iterable[tuple[Any, ...]], published: Iterable[date]
) -> Iterator[tuple[date, list[tuple[Any, ...]]]]:
    """Each published day with what was delivered since the one before, by its first field."""
    before = date.min
    for as_of in published:
        yield as_of, [arrival for arrival in arrivals if before < arrival[0] <= as_of]
        before = as_of


class World:
    """Users, events and payments of a test; `deliver` loads what was said since the last time."""

    def __init__(
        self,
        warehouse: Warehouse,
        folder: Path,
        products: Mapping[str, str] | None = None,
        lifecycle: str = "business_time_zone: UTC\n",
        accounts: str = "tiers: [starter, professional, enterprise]\n",
    ) -> None:
        """`products` maps an id to YAML of further keys, e.g. `state_time_thresholds: {...}`.

        `accounts` is the content of `accounts.yaml`.
        """
        self.warehouse = warehouse
        self.folder = folder
        self.zone = "UTC"
        self.signups: list[tuple[Any, ...]] = []
        self.users: list[tuple[Any, ...]] = []
        self.accounts: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.define(products or {"editor": "", "workspace": ""}, lifecycle, accounts)

    def define(
        self,
        products: Mapping[str, str],
        lifecycle: str,
        accounts: str = "tiers: [starter, professional, enterprise]\n",
    ) -> None:
        """Brings these definitions into force."""
        for name in ("products", "events"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        entries = [
            f"- id: {product}\n  name: {product.replace('_', ' ').title()}\n"
            + "".join(f"  {line}\n" for line in more.splitlines())
            for product, more in products.items()
        ]
        (self.folder / "lifecycle.yaml").write_text(lifecycle)
        (self.folder / "accounts.yaml").write_text(accounts)
        (self.folder / "products" / "all.yaml").write_text("".join(entries))
        (self.folder / "events" / "all.yaml").write_text(EVENTS)
        definitions = load_definitions(self.folder)
        self.zone = definitions.lifecycle.business_time_zone
        self.facts = {name for name, kind in definitions.event_types.items() if kind.is_built_in}
        self.qualifying = {
            name for name, kind in definitions.event_types.items() if kind.is_qualifying
        }
        self.activating = {
            name for name, kind in definitions.event_types.items() if kind.is_activation
        }
        with self.warehouse.transaction() as connection:
            compile_definitions(connection, definitions)

    def user(
        self,
        name: str,
        signup: str | datetime,
        account: str | None = None,
        invited_by: str | None = None,
    ) -> None:
        """A user of the users feed with one version."""
        self.signups.append((uid(name), signup))
        self._version(name, signup, signup, account, invited_by)

    def moves(self, name: str, at: str, account: str | None) -> None:
        """A later version of the user, in another account."""
        self._version(name, at, None, account, None)

    def _version(self, name: str, at: Any, signup: Any, *others: str | None) -> None:
        ids = (uid(other) if other else None for other in others)
        self.users.append((uid(name), at, signup, *ids))

    def account(
        self, name: str, created_at: str | datetime, at: str | None = None, **columns: Any
    ) -> None:
        """A version of the account in the accounts feed, by default that of its creation."""
        admin = columns.pop("admin", None)
        self.accounts.append(
            {
                **dict.fromkeys(ACCOUNT_COLUMNS),
                "account_id": uid(name), "updated_at": at or created_at,
                "account_created_at": created_at,
                "primary_admin_user_id": uid(admin) if admin else None,
                **columns,
            }
        )  # fmt: skip

    def event(
        self,
        who: str,
        at: str | datetime,
        event_type: str = "used",
        product: str | None = None,
        event_id: str | None = None,
        entity_type: str = "user",
        **metadata: Any,
    ) -> None:
        """An event of a user or account."""
        self.events.append(
            {
                "who": uid(who), "at": at, "event_type": event_type, "product": product,
                "event_id": uid(event_id or f"{who}|{at}|{event_type}|{product}"),
                "entity_type": entity_type,
                "metadata": metadata | ({"product_id": product} if product else {}),
            }
        )  # fmt: skip

    def deliver(self) -> None:
        """Loads everything that was said since the last delivery, in one load."""
        with self.warehouse.connect() as connection:
            connection.execute("select set_config('timezone', %s, true)", [self.zone])
            load_id = connection.execute(
                "insert into ops.load_manifest (feed, path, status, finished_at)"
                " values ('events', 'test', 'loaded', now()) returning load_id"
            ).fetchone()[0]
            for user_id, signup in self.signups:
                connection.execute(
                    "insert into bronze.user_signups (user_id, feed_created_at, load_id)"
                    " values (%s, %s, %s) on conflict (user_id) do update set"
                    " feed_created_at = excluded.feed_created_at, load_id = excluded.load_id",
                    [user_id, signup, load_id],
                )
            for version in self.users:
                connection.execute(
                    "insert into bronze.users (user_id, valid_from, valid_to, updated_at,"
                    " user_created_at, account_id, invited_by_user_id, load_id)"
                    " values (%s, '-infinity', 'infinity', %s, %s, %s, %s, %s)"
                    " on conflict (user_id, updated_at) do nothing",
                    [*version, load_id],
                )
            connection.execute(
                """
                update bronze.users as u
                set valid_from = case when v.number = 1 then '-infinity' else v.updated_at end,
                    valid_to = coalesce(v.next_at, 'infinity')
                from (
                    select user_id, updated_at,
                        row_number() over w as number, lead(updated_at) over w as next_at
                    from bronze.users window w as (partition by user_id order by updated_at)
                ) as v
                where v.user_id = u.user_id and v.updated_at = u.updated_at
                """
            )
            for account in self.accounts:
                names = list(account)
                connection.execute(
                    f"insert into bronze.accounts ({', '.join(names)}, valid_from, valid_to,"
                    f" load_id) values ({', '.join(f'%({name})s' for name in names)},"
                    " '-infinity', 'infinity', %(load_id)s)",
                    {**account, "load_id": load_id},
                )
            connection.execute(
                """
                update bronze.accounts as a
                set valid_from = case when v.number = 1 then '-infinity' else v.updated_at end,
                    valid_to = coalesce(v.next_at, 'infinity')
                from (
                    select account_id, updated_at,
                        row_number() over w as number, lead(updated_at) over w as next_at
                    from bronze.accounts window w as (partition by account_id order by updated_at)
                ) as v
                where v.account_id = a.account_id and v.updated_at = a.updated_at
                """
            )
            for e in self.events:
                connection.execute(
                    "select bronze.ensure_event_partition((%s::timestamptz)::date)", [e["at"]]
                )
                connection.execute(
                    "insert into bronze.events (occurred_at, received_at, load_id, event_id,"
                    " entity_id, user_id, account_id, occurred_on, schema_version,"
                    " is_qualifying_event, is_activation_event, entity_type, event_type,"
                    " product_id, location, metadata)"
                    " values (%(at)s, %(at)s, %(load)s, %(event_id)s, %(who)s,"
                    " case when %(entity_type)s = 'user' then %(who)s::uuid end,"
                    " case when %(entity_type)s = 'account' then %(who)s::uuid end,"
                    " (%(at)s::timestamptz)::date, 1, %(qualifies)s, %(activates)s,"
                    " %(entity_type)s, %(event_type)s, %(product)s, 'test', %(json)s)",
                    {
                        **e, "load": load_id, "json": Jsonb(e["metadata"]),
                        "qualifies": e["event_type"] in self.qualifying,
                        "activates": e["event_type"] in self.activating,
                    },
                )  # fmt: skip
                if e["event_type"] in self.facts:
                    connection.execute(
                        "insert into bronze.entity_facts (entity_id, occurred_at, event_id,"
                        " entity_type, event_type, occurred_on, metadata, load_id) values (%(who)s,"
                        " %(at)s, %(event_id)s, %(entity_type)s, %(event_type)s,"
                        " (%(at)s::timestamptz)::date, %(json)s, %(load)s)",
                        {**e, "load": load_id, "json": Jsonb(e["metadata"])},
                    )
            connection.execute(
                "update ops.load_manifest set first_occurred_on = (select min(occurred_on)"
                " from bronze.events where load_id = %(l)s), last_occurred_on = (select"
                " max(occurred_on) from bronze.events where load_id = %(l)s)"
                " where load_id = %(l)s",
                {"l": load_id},
            )
        self.signups, self.users, self.accounts, self.events = [], [], [], []

    def publish(self, as_of: str | date) -> Publication:
        """Publishes as of the date."""
        return publish(self.warehouse, _date(as_of))

    def rebuild(self, as_of: str | date) -> Publication:
        """Rebuilds as of the date."""
        return rebuild(self.warehouse, _date(as_of), reason="test")

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a reader gets."""
        with self.warehouse.connect() as connection:
            return connection.execute(query, values).fetchall()

    def days(self, name: str) -> list[tuple[Any, ...]]:
        """Date, state, activity state, dunning and its type, every day."""
        return self.rows(
            "select date, platform_state, activity_state, is_dunning, dunning_type"
            " from silver.user_state_history where user_id = %s order by date",
            uid(name),
        )

    def steps(self, name: str, scope: str = "platform") -> list[tuple[Any, ...]]:
        """Date, seq, from and to of every transition."""
        return self.rows(
            "select transition_on, seq, from_state, to_state from silver.user_state_transitions"
            " where user_id = %s and scope = %s order by transition_on, seq",
            uid(name), scope,
        )  # fmt: skip

    def fingerprint(self) -> dict[str, list[str]]:
        """Everything the engine stores: equal worlds, equal rows."""
        return stored(self.warehouse)


def stored(warehouse: Warehouse) -> dict[str, list[str]]:
    """Rows of every table that a rebuild replaces, and of the counts; bookkeeping times aside."""
    tables = [f"silver.{table}" for table in TABLES]
    with warehouse.connect() as connection:
        return {
            table: [
                row
                for (row,) in connection.execute(
                    f"select (to_jsonb(t) - %s::text[])::text from {table} as t order by 1",
                    [BOOKKEEPING.get(table, [])],
                )
            ]
            for table in [*tables, *COUNTS]
        }


def _date(day: str | date) -> date:
    return date.fromisoformat(day) if isinstance(day, str) else day

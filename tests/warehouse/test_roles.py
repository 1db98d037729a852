"""What each role may read and write, asked of the catalog."""

from collections.abc import Callable

import pytest

from monstera.warehouse import Warehouse

HIDDEN = {  # of `ops`, from analysts: what names failing rows, receivers, the erased, and the audit
    "audit_head", "audit_log", "audit_secret", "check_failures", "loaded_blocks",
    "notification_outbox", "pseudonym_keys", "suppressed_entities",
}  # fmt: skip
ROLES = ("analyst", "alerter", "auditor", "directory", "loader", "transformer")
_ALLOWED = """
select n.nspname, c.relname
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname in ('bronze', 'silver', 'gold', 'ref', 'ops')
    and c.relkind in ('r', 'p', 'v') and not c.relispartition
    and has_schema_privilege(%(role)s, n.oid, 'usage')
    and has_table_privilege(%(role)s, c.oid, %(rights)s)
"""
_ALL = _ALLOWED.partition("    and has_schema")[0]


@pytest.fixture(scope="module")
def warehouse(new_warehouse: Callable[[], Warehouse]) -> Warehouse:
    """As migrations make it; the tests only read."""
    return new_warehouse()


def _names(warehouse: Warehouse, query: str, **parameters: str) -> set[tuple[str, ...]]:
    with warehouse.connect() as connection:
        return set(connection.execute(query, parameters).fetchall())


def _may(warehouse: Warehouse, role: str, rights: str) -> set[tuple[str, ...]]:
    return _names(warehouse, _ALLOWED, role=f"monstera_{role}", rights=rights)


def test_analysts_read_what_is_published_and_nothing_raw(warehouse: Warehouse) -> None:
    everything = _names(warehouse, _ALL)
    published = {name for name in everything if name[0] in {"silver", "gold", "ref"}}
    kept_apart = {("ops", name) for name in HIDDEN}
    assert kept_apart <= everything
    of_ops = {name for name in everything if name[0] == "ops"} - kept_apart
    assert _may(warehouse, "analyst", "select") == published | of_ops


@pytest.mark.parametrize(
    ("role", "schemas"),
    [
        ("analyst", set()),
        ("auditor", set()),
        ("directory", set()),
        ("alerter", {"ops"}),
        ("loader", {"bronze", "ops"}),
        ("transformer", {"silver", "gold", "ops"}),
    ],
)
def test_each_role_writes_only_its_own_schemas(
    warehouse: Warehouse, role: str, schemas: set[str]
) -> None:
    written = _may(warehouse, role, "insert, update, delete, truncate")
    assert {schema for schema, _ in written} == schemas


def test_names_of_accounts_have_a_role_of_their_own(warehouse: Warehouse) -> None:
    names = ("bronze", "account_directory")
    readers = [role for role in ROLES if names in _may(warehouse, role, "select")]
    assert readers == ["directory", "loader"]


def test_roles_are_no_logins_and_have_no_powers(warehouse: Warehouse) -> None:
    powers = _names(
        warehouse,
        "select rolname from pg_roles where rolname like 'monstera%%' and"
        " (rolcanlogin or rolsuper or rolcreaterole or rolcreatedb or rolbypassrls)",
    )
    assert powers == set()

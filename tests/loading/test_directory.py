"""Display names of accounts: kept where declared, apart, for those who may read them."""

from datetime import date
from itertools import permutations

import psycopg
import pytest

from monstera.definitions import DefinitionError, load_definitions

from .builders import PSEUDONYMS, Landing, account

FEEDS = "- {id: accounts, display_names: true}\n"


def _declare(landing: Landing, feeds: str) -> None:
    folder = landing.folder.parent / "definitions"
    (folder / "feeds").mkdir(exist_ok=True)
    (folder / "feeds" / "all.yaml").write_text(feeds)
    landing.definitions = load_definitions(folder)


def test_names_are_dropped_unless_declared(landing: Landing) -> None:
    landing.put("accounts", [account(display_name="Acme Ltd")])
    assert landing.load().totals.unknown_columns == {"display_name": 1}
    assert landing.rows("select * from bronze.account_directory") == []


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_latest_name_stands_in_any_order(landing: Landing, order: tuple[int, ...]) -> None:
    _declare(landing, FEEDS)
    versions = [
        account(display_name="Acme Ltd", updated_at="2026-01-01T00:00:00Z"),
        account(display_name="Acme AG", updated_at="2026-01-02T00:00:00Z"),
        account(updated_at="2026-01-03T00:00:00Z"),
    ]
    for day, place in enumerate(order, start=1):
        landing.put("accounts", [versions[place]], date(2026, 2, day))
    landing.load()
    assert landing.rows("select account_id, display_name from bronze.account_directory") == [
        (PSEUDONYMS.token("a1"), "Acme AG")
    ]


def test_only_the_role_of_the_directory_reads_names(landing: Landing) -> None:
    roles = landing.rows("select rolname from pg_roles where rolname like 'monstera%%'")
    readers = {role for role in roles if _reads(landing, role)}
    assert readers == {"monstera_directory", "monstera_loader"}


def test_a_refused_account_leaves_no_name_in_the_quarantine(landing: Landing) -> None:
    _declare(landing, FEEDS)
    landing.put("accounts", [account(display_name="Acme Ltd", total_seats="many")])
    assert landing.load().totals.quarantined == 1
    assert landing.rows("select raw from bronze.event_quarantine where raw like '%%Acme%%'") == []


def test_an_erased_account_has_no_name(landing: Landing) -> None:
    _declare(landing, FEEDS)
    with landing.warehouse.transaction() as connection:
        connection.execute(
            "insert into ops.suppressed_entities (entity_id) values (%s)", [PSEUDONYMS.token("a1")]
        )
    landing.put("accounts", [account(display_name="Acme Ltd")])
    landing.load()
    assert landing.rows("select * from bronze.account_directory") == []


def test_only_accounts_have_display_names(landing: Landing) -> None:
    with pytest.raises(DefinitionError, match="display_names"):
        _declare(landing, "- {id: users, display_names: true}\n")
    with pytest.raises(DefinitionError, match="display_names"):
        _declare(
            landing,
            "- {id: tickets, key: [id], columns: {id: {type: string}}, display_names: true}\n",
        )


def _reads(landing: Landing, role: str) -> bool:
    try:
        with landing.warehouse.transaction(role) as connection:
            connection.execute("select from bronze.account_directory")
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True

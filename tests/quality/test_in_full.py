"""Once a week every check looks at everything that is published, and not at what a day touched."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from monstera import quality
from monstera.definitions import load_definitions
from monstera.generate import generate
from monstera.pipeline import initialise, run_day
from monstera.quality import contracts
from monstera.settings import Settings
from monstera.transforms.files import SQL
from monstera.warehouse import Warehouse

START = date(2026, 3, 2)
LAST = START + timedelta(days=39)
CORRUPTIONS = {
    "user_states_match_history": "update silver.user_states set state = 'churned'"
    " where (user_id, scope) = (select user_id, scope from silver.user_states"
    " where state <> 'churned' order by 1, 2 limit 1)",
    "user_state_spans_without_gap": "update silver.user_state_spans set to_on = to_on - 1"
    " where (user_id, scope, from_on) = (select user_id, scope, from_on"
    " from silver.user_state_spans where scope = 'platform' and to_on < 'infinity'"
    " order by to_on - from_on desc limit 1)",
    "user_transitions_legal": "update silver.user_state_transitions set from_state = 'churned'"
    " where transition_id = (select transition_id from silver.user_state_transitions"
    " where scope = 'platform' and from_state = 'new' limit 1)",
    "account_seats_plausible": "update silver.account_days set active_seats = -1"
    " where (account_id, date) = (select account_id, min(date) from silver.account_days"
    " group by account_id limit 1)",
    "account_days_without_gap": "delete from silver.account_days"
    " where (account_id, date) = (select account_id, min(date) + 1 from silver.account_days"
    " group by account_id having count(*) > 2 limit 1)",
}


@pytest.fixture(scope="module")
def published(new_warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A small company after two publishes: of its history, and of a day."""
    warehouse: Warehouse = new_warehouse()
    home: Path = tmp_path_factory.mktemp("company")
    settings = Settings(home=home, warehouse_url=warehouse.url, pseudonym_key="a key")
    definitions = load_definitions(settings.definitions)
    generate(home, definitions=definitions, users=60, days=40, start=START, seed=4)
    initialise(warehouse, settings)
    for day in (LAST - timedelta(days=1), LAST):
        run_day(warehouse, settings, day)
    return warehouse


def broken(warehouse: Warehouse) -> list[str]:
    results = quality.audit_in_full(warehouse, LAST)
    assert {path.stem for path in SQL.glob("checks/*.sql")} <= {one.check for one in results}
    assert any(result.check.startswith("contract_") for result in results)
    return [result.check for result in results if not result.passed]


def test_what_is_right_breaks_no_check_and_nothing_is_left_behind(published: Warehouse) -> None:
    assert broken(published) == []
    with published.connect() as connection:
        left = connection.execute(
            "select count(*) from pg_class where relnamespace = 'run'::regnamespace"
        ).fetchone()
    assert left == (0,)


@pytest.mark.parametrize("check", CORRUPTIONS)
def test_what_no_day_touched_is_found(published: Warehouse, check: str) -> None:
    """One wrong row in a table that no publish since has computed."""
    statement = CORRUPTIONS[check]
    table = statement.split()[1] if statement.startswith("update") else statement.split()[2]
    with published.connect() as connection:
        connection.execute(f"create table public.kept as table {table}")
        assert connection.execute(statement).rowcount == 1
    assert check in broken(published)
    with published.connect() as connection:
        connection.execute(f"delete from {table}")
        connection.execute(f"insert into {table} select * from public.kept")
        connection.execute("drop table public.kept")


def test_contracts_look_at_everybody(published: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last of 60 users, where a daily run samples 5 and everybody is read 7 at a time."""
    monkeypatch.setattr(contracts, "ENTITIES_PER_CONTRACT", 5)
    monkeypatch.setattr(contracts, "ENTITIES_AT_A_TIME", 7)
    whose = (
        "where scope = 'platform' and user_id"
        " = (select user_id from silver.user_states order by user_id desc limit 1)"
    )
    with published.connect() as connection:
        (right,) = connection.execute(
            f"select qualifying_events from silver.user_states {whose}"
        ).fetchone()
        connection.execute(f"update silver.user_states set qualifying_events = -1 {whose}")
    assert "contract_user_current_state" in broken(published)
    with published.connect() as connection:
        connection.execute(f"update silver.user_states set qualifying_events = %s {whose}", [right])

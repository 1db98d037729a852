"""The 2,456 accounts of the real log: 10 million account-days, beside a count of the log itself."""

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from monstera import pipeline
from monstera.publishing import publish, rebuild
from monstera.settings import Settings
from monstera.warehouse import Warehouse
from monstera.warehouse.server import EmbeddedServer

LAST_DAY = date(2026, 8, 22)
TABLES = ("account_days", "account_state_transitions", "account_member_counts", "account_health")

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def published(
    rails: Path, rails_settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """Everything loaded, rebuilt as of two days before the last, which are published one by one.

    On a server of its own, on disk: the others may be in memory, where this would not fit.
    """
    home = tmp_path_factory.mktemp("rails_accounts")
    server = EmbeddedServer(home / "postgres", {"fsync": "off", "synchronous_commit": "off"})
    server.start()
    server.create_database("rails_accounts")
    shutil.copytree(rails / "landing", home / "landing")
    settings = Settings(home=home, definitions=rails_settings.definitions, pseudonym_key="rails")
    warehouse = Warehouse(server.url("rails_accounts"))
    pipeline.initialise(warehouse, settings)
    pipeline.load_delivered(warehouse, settings)
    rebuild(warehouse, LAST_DAY - timedelta(2), reason="test")
    for day in (LAST_DAY - timedelta(1), LAST_DAY):
        publish(warehouse, day)
    yield warehouse
    server.stop("immediate")


def test_every_account_is_in_trial_for_30_days_and_churned_afterwards(published: Warehouse) -> None:
    found = _query(
        published,
        """
        select d.state, d.state_reason, count(*),
            min(d.date - a.created_on), max(d.date - a.created_on)
        from silver.account_days as d
        inner join (
            select account_id, (account_created_at at time zone 'UTC')::date as created_on
            from bronze.accounts
        ) as a on a.account_id = d.account_id
        group by d.state, d.state_reason
        order by d.state
        """,
    )
    ages = [
        (LAST_DAY - created_on).days
        for (created_on,) in _query(
            published, "select (account_created_at at time zone 'UTC')::date from bronze.accounts"
        )
    ]
    assert len(ages) == 2_456
    # none ever pays; the days 0 to 30 after the creation are trial
    assert found == [
        ("churned", "trial_expired", sum(max(age - 30, 0) for age in ages), 31, max(ages)),
        ("trial", None, sum(min(age, 30) + 1 for age in ages), 0, 30),
    ]


def test_the_use_of_an_account_is_what_the_log_says(published: Warehouse) -> None:
    log = _query(
        published,
        """
        select u.account_id, e.user_id, e.occurred_on, count(*)
        from bronze.events as e
        inner join bronze.users as u on u.user_id = e.user_id
        inner join bronze.accounts as a on a.account_id = u.account_id
        where e.is_qualifying_event
            and e.occurred_on >= (a.account_created_at at time zone 'UTC')::date
        group by u.account_id, e.user_id, e.occurred_on
        """,
    )
    uses: dict[Any, list[tuple[Any, date, int]]] = {}
    for account, *use in log:
        uses.setdefault(account, []).append(tuple(use))
    busiest = sorted(uses, key=lambda account: (-len(uses[account]), str(account)))
    sampled = [*busiest[:10], *busiest[10::200]]
    days = [LAST_DAY - timedelta(97 * number) for number in range(60)]
    found = _query(
        published,
        "select account_id, date, events_30, events_prior_30, active_seats, events_total"
        " from silver.account_days where account_id = any(%s) and date = any(%s)",
        sampled, days,
    )  # fmt: skip
    assert len(found) > 1_000
    for account, day, *numbers in found:
        ages = [(user, (day - used_on).days, count) for user, used_on, count in uses[account]]
        assert numbers == [
            sum(count for _, age, count in ages if 0 <= age < 30),
            sum(count for _, age, count in ages if 30 <= age < 60),
            len({user for user, age, _ in ages if 0 <= age < 30}),
            sum(count for _, age, count in ages if age >= 0),
        ], (account, day)


def test_days_and_a_rebuild_store_the_same_rows(published: Warehouse) -> None:
    by_days = _fingerprints(published)
    rebuild(published, LAST_DAY, reason="test")
    assert _fingerprints(published) == by_days
    assert by_days["account_days"][0] > 9_990_000


def _fingerprints(warehouse: Warehouse) -> dict[str, tuple[Any, ...]]:
    return {
        table: _query(
            warehouse,
            f"select count(*), sum(hashtextextended(t::text, 0)) from silver.{table} as t",
        )[0]
        for table in TABLES
    }


def _query(warehouse: Warehouse, query: str, *values: Any) -> list[tuple[Any, ...]]:
    with warehouse.connect() as connection:
        return connection.execute(query, values).fetchall()

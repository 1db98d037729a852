"""Migrations run once, whole, and in order."""

import pytest
from sqlalchemy.engine import make_url

from monstera.definitions.accounts import BEGINNING
from monstera.warehouse import Warehouse
from monstera.warehouse.migrate import MigrationError, migrate


def test_a_second_run_changes_nothing(warehouse: Warehouse) -> None:
    assert migrate(warehouse) == []


def test_every_column_of_every_table_and_view_has_a_comment(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        silent = connection.execute(
            """
            select c.oid::regclass::text || coalesce('.' || a.attname, '')
            from pg_class c
            join pg_namespace n on n.oid = c.relnamespace
            left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            where n.nspname in ('bronze', 'silver', 'gold', 'ref', 'ops')
              and c.relkind in ('r', 'p', 'v') and not c.relispartition
              and (col_description(c.oid, a.attnum) is null or obj_description(c.oid) is null)
            """
        ).fetchall()
    assert silent == []


def test_currencies_have_rates_from_the_first_day_of_the_calendar(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        assert connection.execute("select min(date) from ref.calendar").fetchone() == (BEGINNING,)


def test_an_edited_migration_is_refused(warehouse: Warehouse, tmp_path) -> None:
    file = tmp_path / "9001_first.sql"
    file.write_text("create table public.first ();")
    migrate(warehouse, tmp_path)
    file.write_text("create table public.second ();")
    with pytest.raises(MigrationError, match="edited after it ran"):
        migrate(warehouse, tmp_path)


def test_a_failing_migration_leaves_nothing(warehouse: Warehouse, tmp_path) -> None:
    (tmp_path / "9001_bad.sql").write_text("create table public.half (); select 1 / 0;")
    with pytest.raises(MigrationError, match="9001_bad"):
        migrate(warehouse, tmp_path)
    with warehouse.connect() as connection:
        assert connection.execute("select to_regclass('public.half')").fetchone() == (None,)


def test_a_login_that_may_not_make_roles_is_told_so(warehouse: Warehouse, tmp_path) -> None:
    (tmp_path / "9001_first.sql").write_text("create table public.first ();")
    with warehouse.connect(autocommit=True) as connection:
        connection.execute("create role nearly login createrole")
        connection.execute("grant all on schema public to nearly")
        connection.execute("grant all on public.monstera_migrations to nearly")
    url = make_url(warehouse.url).set(username="nearly").render_as_string(hide_password=False)
    try:
        with pytest.raises(MigrationError, match="superuser"):
            migrate(Warehouse(url), tmp_path)
    finally:
        with warehouse.connect(autocommit=True) as connection:
            connection.execute("drop owned by nearly")
            connection.execute("drop role nearly")

"""Migrations: the files of `sql/migrations/`, in order of their names, each in one transaction."""

import hashlib
from pathlib import Path

import psycopg

from monstera.settings import PROJECT
from monstera.warehouse.database import Warehouse, WarehouseError

MIGRATIONS = PROJECT / "sql" / "migrations"
LOCK = "monstera.migrations"
MINIMUM_SERVER_VERSION = 180000  # min() and max() over bytea


class MigrationError(WarehouseError):
    """A migration failed, or a file that already ran was edited."""


def migrate(warehouse: Warehouse, folder: Path = MIGRATIONS) -> list[str]:
    """Runs what has not run yet and returns the names; two callers at once run it once.

    Raises:
        MigrationError: a file fails (nothing of it stays), one that ran was changed since, or
            the login may not make roles and give them tables.
        WarehouseError: the server is older than the SQL needs.
    """
    files = sorted(folder.glob("[0-9]*.sql"))
    with warehouse.connect(autocommit=True) as connection:
        if connection.info.server_version < MINIMUM_SERVER_VERSION:
            raise WarehouseError(
                f"PostgreSQL {connection.info.server_version // 10000} is too old: "
                f"Monstera needs {MINIMUM_SERVER_VERSION // 10000} or later."
            )
        connection.execute("select pg_advisory_lock(hashtext(%s))", [LOCK])
        connection.execute(
            "create table if not exists public.monstera_migrations ("
            " name text primary key, checksum text not null,"
            " applied_at timestamptz not null default now())"
        )
        applied = dict(
            connection.execute("select name, checksum from public.monstera_migrations").fetchall()
        )
        return [file.name for file in files if _apply(connection, file, applied)]


def _apply(
    connection: "psycopg.Connection[tuple[object, ...]]", file: Path, applied: dict[str, str]
) -> bool:
    text = file.read_text()
    checksum = hashlib.sha256(text.encode()).hexdigest()
    if file.name in applied:
        if applied[file.name] != checksum:
            raise MigrationError(
                f"{file.name} was edited after it ran. Restore it and write a new migration."
            )
        return False
    if connection.info.parameter_status("is_superuser") != "on":
        raise MigrationError(
            f"{file.name} did not run: setting up needs a superuser's login, since it makes roles "
            "and gives them their tables."
        )
    try:
        with connection.transaction():
            connection.execute(text.encode())
            connection.execute(
                "insert into public.monstera_migrations (name, checksum) values (%s, %s)",
                [file.name, checksum],
            )
    except psycopg.Error as error:
        raise MigrationError(f"{file.name} failed and left nothing: {error}") from error
    return True

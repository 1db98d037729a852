"""Connections to the warehouse: one transaction, one role, timeouts set."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from monstera.settings import Settings
from monstera.warehouse.server import EmbeddedServer

DATABASE = "monstera"
PUBLISHER, PUBLISH_LOCK = "monstera_transformer", "monstera.publish"
SESSION_SETTINGS = {
    "statement_timeout": "4h",
    "lock_timeout": "10min",
    "idle_in_transaction_session_timeout": "30min",
    "timezone": "UTC",
    "search_path": "silver",  # where a name without a schema lies; a rebuild puts its own first
}

NOT_SET_UP = "The warehouse is not set up for this version yet: run `monstera init`."

# A failed connection has no error code for the client, only the server's words.
REFUSED_LOGIN = re.compile(
    r"authentication failed|no pg_hba\.conf entry|no password supplied"
    r"|permission denied for database|role \S+ (does not exist|is not permitted to log in)"
)


class WarehouseError(RuntimeError):
    """The warehouse cannot be used; the message says what to do."""


class LoginRefused(WarehouseError):
    """The server answers, and does not let this login in."""


@dataclass(frozen=True)
class Warehouse:
    """A warehouse database by its SQLAlchemy URL."""

    url: str

    def connect(self, *, autocommit: bool = False) -> "psycopg.Connection[Any]":
        """A psycopg connection of its own, with the session's timeouts set.

        Raises:
            LoginRefused: the server does not let the login in.
            WarehouseError: the server does not answer. Neither says the password.
        """
        url = make_url(self.url).set(drivername="postgresql+psycopg")
        where = dict(url.get_dialect()().create_connect_args(url)[1])
        settings = [f"-c {name}={value}" for name, value in SESSION_SETTINGS.items()]
        options = " ".join([where.pop("options", ""), *settings])
        try:
            return psycopg.connect(
                **{"application_name": "monstera"} | where,
                options=options,
                autocommit=autocommit,
                prepare_threshold=None,  # a plan for the values at hand, not a generic one
            )
        except psycopg.OperationalError as error:
            kind = LoginRefused if REFUSED_LOGIN.search(str(error)) else WarehouseError
            raise kind(f"No connection to the warehouse at {self.address}: {error}") from None

    @contextmanager
    def transaction(self, role: str | None = None) -> Iterator["psycopg.Connection[Any]"]:
        """One transaction on a connection of its own, as `role` (e.g. `monstera_loader`)."""
        with self.connect() as connection:
            if role is not None:
                _become(connection, role)
            yield connection

    @property
    def address(self) -> str:
        """The URL without its password, wherever that stands."""
        url = make_url(self.url)
        hidden = {"password": "***"} if "password" in url.query else {}
        return url.update_query_dict(hidden).render_as_string(hide_password=True)


def _become(connection: "psycopg.Connection[Any]", role: str) -> None:
    try:
        connection.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
    except psycopg.errors.InvalidParameterValue as error:
        raise WarehouseError(f"{NOT_SET_UP} ({error.diag.message_primary})") from None


@contextmanager
def publishing_held(warehouse: Warehouse) -> Iterator["psycopg.Connection[Any]"]:
    """A transaction of `PUBLISHER` with one view of the data, while nothing else is published."""
    with warehouse.connect() as connection:
        # Before the transaction, whose view of the data begins with its first statement. The lock
        # ends with the connection.
        connection.execute("select pg_advisory_lock(hashtext(%s))", [PUBLISH_LOCK])
        connection.commit()
        connection.execute("set transaction isolation level repeatable read")
        _become(connection, PUBLISHER)
        connection.execute("set local work_mem = '256MB'")
        yield connection


def one_row(cursor: "psycopg.Cursor[Any]") -> tuple[Any, ...]:
    """The first row of a query that always has one.

    Raises:
        WarehouseError: it has none.
    """
    row: tuple[Any, ...] | None = cursor.fetchone()
    if row is None:
        raise WarehouseError("A query that always has a row had none.")
    return row


def embedded_server(settings: Settings) -> EmbeddedServer:
    """The embedded server of this home, running or not."""
    return EmbeddedServer(settings.home_path / "postgres")


def open_warehouse(settings: Settings) -> Warehouse:
    """The configured warehouse; starts the embedded server where no URL is set.

    Raises:
        monstera.warehouse.server.ServerError: the embedded server does not start.
    """
    if settings.warehouse_url:
        return Warehouse(settings.warehouse_url)
    server = embedded_server(settings)
    server.start()
    server.create_database(DATABASE)
    return Warehouse(server.url(DATABASE))

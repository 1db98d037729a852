"""The transaction of a load: as the loader's role, one load at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Connection

LOCK = "monstera.loading"


@contextmanager
def loading_transaction(connection: "Connection[Any]") -> Iterator[None]:
    """A transaction on a connection of the owner's, that begins when no other load is under way.

    So two loaders take turns file by file, never load one file twice, and never wait for each
    other in a circle.
    """
    with connection.transaction():
        connection.execute("set local role monstera_loader")
        connection.execute("set local lock_timeout = 0")  # a large file may take its time
        connection.execute("select pg_advisory_xact_lock(hashtext(%s))", [LOCK])
        yield

"""DuckDB as a library of vectorised functions, for any thread."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import duckdb
import pyarrow as pa

_idle: deque[duckdb.DuckDBPyConnection] = deque()
"""Connections that nobody uses just now; making one takes longer than a small query."""


def query(sql: str, table: pa.Table, **parameters: object) -> pa.Table:
    """The result of a query over `table`, which it calls `given`."""
    with _connection() as connection:
        connection.register("given", table)
        try:
            return connection.sql(sql, params=parameters).to_arrow_table().combine_chunks()
        finally:
            connection.unregister("given")


def array(column: pa.ChunkedArray) -> pa.Array:
    """A column of a result as one array."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """One database in memory; each query runs in the thread that asks."""
    return duckdb.connect(config={"threads": 1, "memory_limit": "128MB"})


@contextmanager
def _connection() -> Iterator[duckdb.DuckDBPyConnection]:
    try:
        connection = _idle.pop()
    except IndexError:
        connection = _database().cursor()
        connection.execute("set timezone = 'UTC'")
    try:
        yield connection
    finally:
        _idle.append(connection)

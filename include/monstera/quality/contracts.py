"""Pandera contracts of the tables that analysts read, made from the headers of their SQL files."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

import pandas as pd
import pandera.pandas as pa
import psycopg
from pandera.errors import SchemaErrors

from monstera.transforms.files import SqlFile, read_sql
from monstera.transforms.views import reader_views

ENTITIES_PER_CONTRACT = 250
ENTITIES_AT_A_TIME = 2500
TOUCHED = {"user_id": "run.touched", "account_id": "run.account_ranges"}
_DTYPES = {"integer": "Int64", "bigint": "Int64", "boolean": "boolean", "numeric": "object"}


def broken_contracts(
    connection: "psycopg.Connection[Any]", as_of: date, *, in_full: bool
) -> dict[str, list[dict[str, Any]]]:
    """Rows of the tables that analysts read which break their contract, by table.

    Reads the rows of the snapshot date, as they will be published, of up to
    `ENTITIES_PER_CONTRACT` of the users or accounts that were computed, and as many rows of what is
    about neither. `in_full`: of all of them, so many at a time.
    """
    touched = {entity: _touched(connection, entity, in_full) for entity in TOUCHED}
    broken: dict[str, list[dict[str, Any]]] = {}
    for file in reader_views():
        if file.schema != "silver":
            continue
        entities = touched.get(file.header["key"][0])
        if entities is None:
            frames = _first_rows(connection, file, None if in_full else ENTITIES_PER_CONTRACT)
        else:
            frames = _rows_of(connection, file, as_of, entities)
        broken[file.name] = [
            row for rows in frames if len(rows) for row in _broken(_contract(file.name), rows)
        ]
    return broken


@cache
def _contract(name: str) -> pa.DataFrameSchema:
    return contract(read_sql(f"silver/{name}"))


def contract(file: SqlFile) -> pa.DataFrameSchema:
    """The contract that a header declares: types, nulls, allowed values, minimum, unique key."""
    columns = {}
    for name, about in file.header["columns"].items():
        checks = []
        if "values" in about:
            checks.append(pa.Check.isin(about["values"]))
        if "minimum" in about:
            checks.append(pa.Check.ge(about["minimum"]))
        columns[name] = pa.Column(
            _dtype(about["type"]), checks, nullable=about.get("nullable", False)
        )
    return pa.DataFrameSchema(columns, strict=True, unique=file.header["key"])


def _dtype(type_name: str) -> str:
    """The pandas type of a column."""
    return _DTYPES.get(type_name, "string")


def _first_rows(
    connection: "psycopg.Connection[Any]", file: SqlFile, limit: int | None
) -> Iterator[pd.DataFrame]:
    """So many rows of what is about neither users nor accounts; None: all of them."""
    yield read_rows(connection, file, "true limit %(limit)s", {"limit": limit})


def _rows_of(
    connection: "psycopg.Connection[Any]", file: SqlFile, as_of: date, entities: list[UUID]
) -> Iterator[pd.DataFrame]:
    """The rows of so many entities at a time; none where there are none."""
    on_the_date = " and v.date = %(as_of)s" if "date" in file.header["columns"] else ""
    # as values and not as a subquery, which would compute a view that groups for everybody
    which = f"v.{file.header['key'][0]} = any(%(entities)s){on_the_date}"
    for start in range(0, len(entities), ENTITIES_AT_A_TIME):
        batch = entities[start : start + ENTITIES_AT_A_TIME]
        yield read_rows(connection, file, which, {"as_of": as_of, "entities": batch})


def read_rows(
    connection: "psycopg.Connection[Any]", file: SqlFile, which: str, parameters: dict[str, Any]
) -> pd.DataFrame:
    """The rows of a reader's view for which a condition on `v` holds, in the types of its contract.

    Ids, times and whatever else has no such type come as text, which is cheaper than objects.
    """
    columns = file.header["columns"]
    body = file.render(connection, {}).as_string(connection).replace("%", "%%")
    values = ", ".join(
        f"v.{name}" if about["type"] in _DTYPES else f"v.{name}::text"
        for name, about in columns.items()
    )
    cursor = connection.execute(f"select {values} from ({body}) as v where {which}", parameters)
    frame = pd.DataFrame(cursor.fetchall(), columns=list(columns), dtype=object)
    return frame.astype({name: _dtype(about["type"]) for name, about in columns.items()})


def _touched(connection: "psycopg.Connection[Any]", entity: str, in_full: bool) -> list[UUID]:
    rows = connection.execute(
        f"select {entity} from {TOUCHED[entity]} order by {entity} limit %s",
        [None if in_full else ENTITIES_PER_CONTRACT],
    ).fetchall()
    return [row[0] for row in rows]


def _broken(schema: pa.DataFrameSchema, rows: pd.DataFrame) -> list[dict[str, Any]]:
    try:
        schema.validate(rows, lazy=True)
    except SchemaErrors as errors:
        # column, check and row, but no value: failure cases may hold what nobody should read
        cases = errors.failure_cases[["column", "check", "index"]]
        return [
            {key: str(value) for key, value in case.items()}
            for case in cases.head(100).to_dict("records")
        ]
    return []

"""Pandera contracts of the tables that analysts read, made from the headers of their SQL files."""

from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

import pandas as pd
import pandera.pandas as pa
import psycopg
from pandera.errors import SchemaErrors
from psycopg.rows import dict_row

from monstera.transforms.files import SqlFile, read_sql
from monstera.transforms.views import reader_views

ENTITIES_PER_CONTRACT = 250
TOUCHED = {"user_id": "run.touched", "account_id": "run.account_ranges"}
_DTYPES = {"integer": "Int64", "boolean": "boolean", "text": "string", "numeric": "object"}


def broken_contracts(
    connection: "psycopg.Connection[Any]", as_of: date
) -> dict[str, list[dict[str, Any]]]:
    """Rows of the tables that analysts read which break their contract, by table.

    Reads the rows of the snapshot date of up to `ENTITIES_PER_CONTRACT` of the users or accounts
    that were computed, as they will be published; as many rows of what is about neither.
    """
    touched = {entity: _touched(connection, entity) for entity in TOUCHED}
    broken: dict[str, list[dict[str, Any]]] = {}
    for file in reader_views():
        if file.schema != "silver":
            continue
        broken[file.name] = []
        entities = touched.get(file.header["key"][0])
        if entities != []:  # for nobody, a view that groups would still compute itself
            rows = _rows(connection, file, as_of, entities)
            if len(rows):
                broken[file.name] = _broken(_contract(file.name), rows)
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
            _DTYPES.get(about["type"]), checks, nullable=about.get("nullable", False)
        )
    return pa.DataFrameSchema(columns, strict=True, unique=file.header["key"])


def _rows(
    connection: "psycopg.Connection[Any]", file: SqlFile, as_of: date, entities: list[UUID] | None
) -> pd.DataFrame:
    columns = file.header["columns"]
    body = file.render(connection, {}).as_string(connection)
    on_the_date = " and v.date = %(as_of)s" if "date" in columns else ""
    entity = file.header["key"][0]
    cursor = connection.cursor(row_factory=dict_row)
    # as values and not as a subquery, which would compute a view that groups for everybody
    which = f"v.{entity} = any(%(entities)s){on_the_date}" if entities else "true limit %(limit)s"
    cursor.execute(
        f"select v.* from ({body}) as v where {which}",
        {
            "as_of": as_of,
            "entities": entities,
            "limit": ENTITIES_PER_CONTRACT,
        },
    )
    rows = cursor.fetchall()
    frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
    dtypes = {
        name: _DTYPES[about["type"]] for name, about in columns.items() if about["type"] in _DTYPES
    }
    return frame.astype(dtypes)


def _touched(connection: "psycopg.Connection[Any]", entity: str) -> list[UUID]:
    rows = connection.execute(
        f"select {entity} from {TOUCHED[entity]} order by {entity} limit %s",
        [ENTITIES_PER_CONTRACT],
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

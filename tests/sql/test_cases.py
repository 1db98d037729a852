"""Every transform, one behaviour at a time: the rows given, and the rows expected of the one file.

A case is `<schema>/<table>/<case>.yaml`, for the file `sql/<schema>/<table>.sql`:

    description: What it shows; the arithmetic is in comments.
    definitions: {lifecycle: {...}, products: {id: {...}}, event_types: [...], accounts: {...},
        metrics: [...], feeds: [...], workflows: [...], segments: [...]}
        (each may be missing)
    parameters: {as_of: 2026-02-01, ...}
    given: {schema.table: [rows]}
    expect: [rows]

Given rows name the columns that matter: of a real table the runner fills the others that must not
be null, a scratch table of `run` has null. Of the expected rows the named columns are compared.
Names stand for the ids of users, accounts and events.
"""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
import yaml
from psycopg import sql

from lifecycle.world import uid
from monstera.definitions import compile_definitions, load_definitions
from monstera.loading.feed_tables import FeedTable
from monstera.metrics.compute import METRIC_STEPS
from monstera.publishing.computing import run_step
from monstera.publishing.plan import BEGINNING
from monstera.publishing.rebuilding import BECOME_VIEWS
from monstera.publishing.steps import STEPS, VIEWS
from monstera.transforms import SqlFile, read_sql
from monstera.transforms.files import SQL
from monstera.warehouse import Warehouse
from monstera.warehouse.database import one_row

CASES = Path(__file__).parent
READ_BY_MANY = VIEWS | BECOME_VIEWS
SELECTS = ("checks", "monitors", "metrics", "cross_product", "audit", "explain")
SCHEMAS = ("bronze", "run", "silver", "gold", "ops", *SELECTS)
FILES = sorted(
    f"{path.parent.name}/{path.stem}" for s in SCHEMAS for path in SQL.glob(f"{s}/*.sql")
)

PRODUCTS: dict[str, Any] = {"editor": {}, "workspace": {}}
EVENT_TYPES = [
    {"event_type": "used", "is_qualifying": True},
    {"event_type": "viewed", "is_qualifying": False},
]
METRIC = {  # what every metric must say
    "description": "For a case.",
    "purpose": "For a case.",
    "category": "activity",
    "unit": "users",
    "grain": "day",
    "owners": dict.fromkeys(("business", "technical", "dashboard", "backup"), "data"),
    "direction": "up",
    "approval": [{"status": "approved", "date": date(2026, 1, 5), "by": "data"}],
}
PARAMETERS = {
    "as_of": date(2026, 2, 10),
    "previous_as_of": "-infinity",
    "loads": [],
    "first_late_day": None,
    "first_reread_day": None,
    "part_from": None,
    "part_until": None,
    "part_scopes": [],
    "batch": 0,
    "batches": 1,
    "first": date(2026, 2, 10),
    "last": date(2026, 2, 10),
    "is_rebuild": False,
    "dropped": [],
    "since": date(2026, 1, 1),
}
NOT_NULL: dict[str, Any] = {  # by column, else by type
    "ended_at": "infinity",
    "ended_on": "infinity",
    "valid_from": "-infinity",
    "valid_to": "infinity",
    "life_number": 1,
    "entity_type": "user",
    "scope": "platform",
    "feed": "events",
    "status": "loaded",
    "severity": "error",
    "gear": "day",
    "grain": "day",
    "dunning_type": "soft",
    "boolean": False,
    "bigint": 0,
    "integer": 0,
    "numeric": 0,
    "jsonb": {},
    "text[]": [],
    "text": "",
    "date": "2026-01-01",
    "timestamp with time zone": "2026-01-01",
}


def cases(pattern: str = "*/*/*.yaml") -> dict[str, dict[str, Any]]:
    """The cases by name."""
    return {
        str(path.relative_to(CASES).with_suffix("")): yaml.safe_load(path.read_text())
        for path in sorted(CASES.glob(pattern))
    }


@pytest.fixture(scope="module")
def prepared(
    new_warehouse: Callable[[], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> Warehouse:
    """A warehouse with definitions, and the scratch tables as an empty publish makes them."""
    warehouse = new_warehouse()
    with warehouse.connect() as connection:
        define(connection, {}, tmp_path_factory.mktemp("definitions"))
        for step in STEPS + METRIC_STEPS:
            file = read_sql(step)
            if file.schema == "run":
                select = file.render(connection, _parameters({})).as_string(connection)
                connection.execute(f"create table run.{file.name} as {select}")
        connection.execute("create table run.metric_values (like gold.metric_values)")
        connection.execute(
            "create table run.metric_periods as"
            " select metric_id, grain, date, is_partial from run.metric_values"
        )
    return warehouse


@pytest.fixture
def connection(prepared: Warehouse) -> Iterator["psycopg.Connection[Any]"]:
    """A transaction that leaves nothing behind."""
    with prepared.connect() as connection:
        yield connection
        connection.rollback()


@pytest.mark.parametrize("name", cases())
def test_case(name: str, connection: "psycopg.Connection[Any]", tmp_path: Path) -> None:
    case = cases(f"{name}.yaml")[name]
    assert case.keys() <= {"description", "definitions", "parameters", "given", "expect"}
    if "definitions" in case:
        define(connection, case["definitions"], tmp_path)
    for table, rows in case["given"].items():
        fill(connection, table, rows)

    given = {table.replace(".", "/") for table in case["given"]}
    for step in READ_BY_MANY - given:  # one that is not given is the real one
        make(connection, step, _parameters(case.get("parameters") or {}))
    target = run(connection, read_sql(name.rsplit("/", 1)[0]), case.get("parameters") or {})

    assert found(connection, target, case["expect"]) == expected(
        connection, target, case["expect"]
    ), case["description"]


@pytest.mark.parametrize("file", FILES)
def test_every_transform_has_cases(file: str) -> None:
    of_file = cases(f"{file}/*.yaml")
    assert of_file, f"sql/{file}.sql has no case in tests/sql/{file}/"
    if file.startswith(("checks/", "monitors/")):
        assert any(case["expect"] for case in of_file.values()), "no case in which the check fails"
        assert any(not case["expect"] for case in of_file.values()), "no case in which it holds"


def test_no_case_is_left_behind() -> None:
    assert {name.rsplit("/", 1)[0] for name in cases()} <= set(FILES)


def define(connection: "psycopg.Connection[Any]", more: dict[str, Any], folder: Path) -> None:
    """Brings the base definitions and `more` into force."""
    lifecycle = {"business_time_zone": "UTC"} | more.get("lifecycle", {})
    products = PRODUCTS | more.get("products", {})
    files = {
        "lifecycle.yaml": lifecycle,
        "products/all.yaml": [{"id": id, "name": id.title(), **p} for id, p in products.items()],
        "events/all.yaml": EVENT_TYPES + more.get("event_types", []),
        "metrics/all.yaml": [deepcopy(METRIC | metric) for metric in more.get("metrics", [])],
        "workflows/all.yaml": more.get("workflows", []),
        "segments/all.yaml": more.get("segments", []),
        "accounts.yaml": {"tiers": ["starter", "professional", "enterprise"]}
        | more.get("accounts", {}),
        "feeds/all.yaml": more.get("feeds", []),
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(yaml.safe_dump(content))
    definitions = load_definitions(folder)
    compile_definitions(connection, definitions)
    for feed in more.get("feeds", []):
        FeedTable(definitions.feeds[feed["id"]]).prepare(connection)


def fill(connection: "psycopg.Connection[Any]", table: str, rows: list[dict[str, Any]]) -> None:
    """Puts rows into a table, real or scratch."""
    types = columns(connection, table)
    for number, row in enumerate(rows):
        record = complete(connection, table, types, row, number)
        names = sql.SQL(", ").join(map(sql.Identifier, record))
        connection.execute(
            sql.SQL(
                "insert into {table} ({names}) overriding system value"
                " select {names} from jsonb_populate_recordset(null::{table}, %s)"
            ).format(table=sql.Identifier(*table.split(".")), names=names),
            [as_json([record], types)],
        )


def complete(
    connection: "psycopg.Connection[Any]",
    table: str,
    types: dict[str, tuple[str, bool]],
    row: dict[str, Any],
    number: int,
) -> dict[str, Any]:
    """The row with what must not be null."""
    if unknown := row.keys() - types.keys():
        raise AssertionError(f"{table} has no column {', '.join(sorted(unknown))}")
    row = dict(row)
    if table in ("bronze.events", "bronze.entity_facts"):
        if "occurred_at" in row:  # cases at the edge of a day say both
            row.setdefault("occurred_on", str(row["occurred_at"])[:10])
        else:
            row.setdefault("occurred_at", f"{row['occurred_on']} 12:00")
        row.setdefault("event_id", f"{table} {number}")
    if table == "bronze.events":
        row.setdefault("entity_id", row.get("user_id") or f"entity {number}")
        connection.execute("select bronze.ensure_event_partition(%s)", [row["occurred_on"]])
    for name, (kind, is_required) in types.items():
        if is_required and name not in row:
            default = f"{table} {number}" if kind == "uuid" else NOT_NULL.get(name)
            row[name] = NOT_NULL[kind] if default is None else default
            if name == "definition_version":
                row[name] = in_force(connection)
    return row


def run(connection: "psycopg.Connection[Any]", file: SqlFile, more: dict[str, Any]) -> str:
    """Runs the file and returns the name of what it made or changed."""
    parameters = _parameters(more) | {"definition_version": in_force(connection)}
    if file.schema == "run":
        make(connection, f"run/{file.name}", parameters)
        return f"run.{file.name}"
    if file.schema in SELECTS or "columns" in file.header:
        select = file.render(connection, parameters).as_string(connection)
        connection.execute(f"create temporary table result on commit drop as {select}")
        return "pg_temp.result"
    run_step(connection, f"{file.schema}/{file.name}", parameters)
    return str(file.header.get("table", f"{file.schema}.{file.name}"))


def make(connection: "psycopg.Connection[Any]", step: str, parameters: dict[str, Any]) -> None:
    """Puts the table or view of a step in the place of the one that is there."""
    name = f"run.{read_sql(step).name}"
    (kind,) = one_row(
        connection.execute(
            "select case relkind when 'v' then 'view' else 'table' end from pg_class"
            " where oid = %s::regclass",
            [name],
        )
    )
    connection.execute(f"drop {kind} {name} cascade")
    run_step(connection, step, parameters)


def found(
    connection: "psycopg.Connection[Any]", target: str, rows: list[dict[str, Any]]
) -> list[str]:
    """The rows of the target, the columns that `rows` name."""
    query = sql.SQL("select to_jsonb(t) from {} as t").format(sql.Identifier(*target.split(".")))
    return readable((row for (row,) in connection.execute(query)), rows)


def expected(
    connection: "psycopg.Connection[Any]", target: str, rows: list[dict[str, Any]]
) -> list[str]:
    """The same of the rows of the case."""
    types = columns(connection, target)
    for row in rows:
        assert row.keys() <= types.keys(), f"{target} has no column {row.keys() - types.keys()}"
    query = sql.SQL("select to_jsonb(t) from jsonb_populate_recordset(null::{}, %s) as t").format(
        sql.Identifier(*target.split("."))
    )
    return readable((row for (row,) in connection.execute(query, [as_json(rows, types)])), rows)


def readable(values: Iterator[dict[str, Any]], rows: list[dict[str, Any]]) -> list[str]:
    """Rows as text, in order, with the named columns alone."""
    compared = {name: None for row in rows for name in row}
    return sorted(
        json.dumps({c: NAME_OF.get(str(v[c]), v[c]) for c in compared or v}) for v in values
    )


def columns(connection: "psycopg.Connection[Any]", table: str) -> dict[str, tuple[str, bool]]:
    """Column → type, and whether a row must give it a value."""
    rows = connection.execute(
        "select attname, format_type(atttypid, null),"
        " attnotnull and not atthasdef and attidentity = ''"
        " from pg_attribute where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped",
        [table],
    ).fetchall()
    assert rows, f"there is no table {table}"
    return {name: (kind, is_required) for name, kind, is_required in rows}


NAME_OF: dict[str, str] = {}  # id → the name that a case gave it, to read a failure by


def as_json(rows: list[dict[str, Any]], types: dict[str, tuple[str, bool]]) -> str:
    """Rows as JSON, names as ids."""

    def value(column: str, given: Any) -> Any:
        if given is not None and types[column][0] == "uuid":
            return as_id(str(given))
        if given is not None and types[column][0] == "uuid[]":
            return [as_id(each) for each in given]
        return given

    def as_id(given: str) -> str:
        try:
            return str(UUID(given))
        except ValueError:
            id = str(uid(given))
            NAME_OF[id] = given
            return id

    return json.dumps([{c: value(c, v) for c, v in row.items()} for row in rows], default=str)


def in_force(connection: "psycopg.Connection[Any]") -> int:
    """Definition version in force."""
    row = connection.execute("select max(version) from ref.definition_versions").fetchone()
    assert row is not None
    return int(row[0])


def _parameters(more: dict[str, Any]) -> dict[str, Any]:
    values = {**PARAMETERS, **more}
    ids = {name: uid(values[name]) for name in ("user_id", "account_id") if name in values}
    return {name: BEGINNING if v == "-infinity" else v for name, v in values.items()} | ids

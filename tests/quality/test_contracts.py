"""The contract that the header of an SQL file declares, and the rows that it reads."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from pandera.errors import SchemaErrors

from monstera.quality.contracts import contract, read_rows
from monstera.transforms.files import SqlFile, read_sql
from monstera.transforms.views import reader_views
from monstera.warehouse import Warehouse

Read = Callable[[str], tuple[SqlFile, pd.DataFrame]]
VIEW = """/*
description: For a test.
owner: data
grain: one row per word
key: [word]
columns:
  word: {{type: text, nullable: true, description: A word.}}
  state: {{type: text, values: [new, active], description: A state.}}
  number: {{type: integer, nullable: true, minimum: 0, description: A number.}}
  share: {{type: numeric, minimum: 0, description: A share.}}
  is_right: {{type: boolean, description: Whether it is right.}}
  tags: {{type: 'text[]', description: Tags.}}
  at: {{type: timestamptz, description: When.}}
*/
select
    word, state, number::integer as number, share::numeric as share, is_right,
    array[word] as tags, '2026-02-01 12:00Z'::timestamptz as at
from (values {rows}) as v (word, state, number, share, is_right)
"""


@pytest.fixture
def read(new_warehouse: Callable[[], Warehouse], tmp_path: Path) -> Read:
    warehouse = new_warehouse()

    def read(rows: str) -> tuple[SqlFile, pd.DataFrame]:
        path = tmp_path / f"view_{abs(hash(rows))}.sql"
        path.write_text(VIEW.format(rows=rows))
        file = read_sql(str(path.with_suffix("")))
        with warehouse.connect() as connection:
            return file, read_rows(connection, file, "true", {})

    return read


def test_texts_come_as_they_are(read: Read) -> None:
    words = ["", "NULL", "two\nlines", 'a "b", c', "t", "1", "50 %", "Zoë"]
    file, rows = read(", ".join(f"('{word}', 'new', 1, 0.5, true)" for word in words))
    assert rows["word"].tolist() == words
    contract(file).validate(rows)


def test_what_may_be_null_may_be_null(read: Read) -> None:
    file, rows = read("(null, 'new', null, 0.25, false)")
    assert rows.isna().iloc[0].tolist() == [True, False, True, False, False, False, False]
    contract(file).validate(rows)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("('a', 'asleep', 1, 0.5, true)", "state"),
        ("('a', null, 1, 0.5, true)", "state"),
        ("('a', 'new', -1, 0.5, true)", "number"),
        ("('a', 'new', 1, -0.001, true)", "share"),
        ("('a', 'new', 1, 'NaN'::numeric, true)", "share"),
        ("('a', 'new', 1, 0.5, null)", "is_right"),
        ("('other', 'new', 1, 0.5, true)", "word"),
    ],
)
def test_each_break_is_found(read: Read, row: str, column: str) -> None:
    file, rows = read(f"('other', 'active', 0, 0, false), {row}")
    with pytest.raises(SchemaErrors) as errors:
        contract(file).validate(rows, lazy=True)
    assert set(errors.value.failure_cases["column"]) == {column}


@pytest.mark.parametrize("file", reader_views(), ids=lambda file: f"{file.schema}.{file.name}")
def test_a_header_is_whole(file: SqlFile) -> None:
    """A comma in a text without quotes would end it, and make a key of what follows."""
    for column, about in file.header["columns"].items():
        assert {*about} <= {"type", "nullable", "values", "minimum", "description"}, column
        assert about["description"].strip().endswith((".", ")")), column

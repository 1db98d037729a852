"""The segments of a generated company are those that its truth knows."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

from monstera.definitions import Definitions, compile_definitions
from monstera.definitions.segments import DIMENSIONS, values_of
from monstera.generate import generate
from monstera.loading import load
from monstera.loading.pseudonyms import Pseudonyms
from monstera.publishing import publish
from monstera.warehouse import Warehouse

START = date(2026, 1, 1)
PSEUDONYMS = Pseudonyms("a key for this test")
NEEDS_A_YEAR = {("journey_stage", "loyalty"), ("temporal_pattern", "seasonal")}


@pytest.mark.parametrize(
    ("users", "days", "seed", "nobody"),
    [
        pytest.param(100, 100, 40, NEEDS_A_YEAR, id="a hundred days"),
        pytest.param(80, 410, 2, set(), marks=pytest.mark.long, id="two winters"),
    ],
)
def test_the_truth_is_recovered(
    warehouse: Warehouse, shipped: Definitions, tmp_path: Path,
    users: int, days: int, seed: int, nobody: set[tuple[str, str]],
) -> None:  # fmt: skip
    definitions = shipped.model_copy(update={"metrics": {}})
    generate(
        tmp_path, definitions=definitions, users=users, days=days, start=START, seed=seed,
        broken_share=0.02, duplicate_share=0.02, late_share=0.02,
    )  # fmt: skip
    with warehouse.transaction() as connection:
        compile_definitions(connection, definitions)
    load(warehouse, definitions, (tmp_path / "landing").as_uri(), PSEUDONYMS)
    publish(warehouse, START + timedelta(days - 1))
    with (tmp_path / "truth" / "segments.csv").open() as file:
        truth = {PSEUDONYMS.token(row["user_id"]): row for row in csv.DictReader(file)}
    with warehouse.transaction() as connection:
        found = connection.execute(
            f"select user_id, journey_days, {', '.join(DIMENSIONS)}"
            " from silver.user_behavioral_segments"
        ).fetchall()
    assert {user: numbers for user, *numbers in found} == {
        user: [int(row["journey_days"]), *(row[dimension] for dimension in DIMENSIONS)]
        for user, row in truth.items()
    }
    known = {(dimension, row[dimension]) for row in truth.values() for dimension in DIMENSIONS}
    possible = {(dimension, value) for dimension in DIMENSIONS for value in values_of(dimension)}
    assert known == possible - nobody

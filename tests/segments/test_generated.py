"""The segments of a generated company are those that its truth knows."""

import csv
from datetime import date
from pathlib import Path

from monstera.definitions import Definitions, compile_definitions
from monstera.definitions.segments import DIMENSIONS, values_of
from monstera.generate import generate
from monstera.loading import load
from monstera.loading.pseudonyms import Pseudonyms
from monstera.publishing import publish
from monstera.warehouse import Warehouse

START, DAYS, LAST = date(2026, 1, 1), 120, date(2026, 4, 30)
PSEUDONYMS = Pseudonyms("a key for this test")
NOBODY = {  # of so few users, or in so short a time
    ("product_breadth", "explorer"),
    ("journey_stage", "loyalty"),
    ("temporal_pattern", "seasonal"),
}


def test_the_truth_is_recovered(warehouse: Warehouse, shipped: Definitions, tmp_path: Path) -> None:
    definitions = shipped.model_copy(update={"metrics": {}})
    generate(
        tmp_path, definitions=definitions, users=120, days=DAYS, start=START, seed=4,
        broken_share=0.02, duplicate_share=0.02, late_share=0.02,
    )  # fmt: skip
    with warehouse.transaction() as connection:
        compile_definitions(connection, definitions)
    load(warehouse, definitions, (tmp_path / "landing").as_uri(), PSEUDONYMS)
    publish(warehouse, LAST)
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
    assert {(dimension, value) for dimension in DIMENSIONS for value in values_of(dimension)} == (
        known | NOBODY
    )

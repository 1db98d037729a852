"""The metrics of those who joined the real project since 2026, beside the slow and obvious ones."""

import gzip
import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from metrics.naive import Naive
from metrics.naive_base import Values
from metrics.test_naive import says_something, shown
from monstera import pipeline
from monstera.definitions import Metric, load_definitions
from monstera.publishing import rebuild
from monstera.settings import PROJECT, Settings
from monstera.warehouse import Warehouse
from monstera.warehouse.server import EmbeddedServer

SINCE, LAST_DAY = "2026-01-01", date(2026, 8, 22)
FILES = (
    "users_activity", "users_states", "users_flows", "users_retention", "users_cohorts", "products",
    "users_further", "north_star",
)  # fmt: skip

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def settings(
    rails: Path, rails_settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """The log of the newcomers alone, and the shipped metrics of users."""
    home = tmp_path_factory.mktemp("rails_metrics")
    newcomers: set[str] = set()
    for feed, key in (("users", "user_id"), ("events", "entity_id")):
        for file in sorted((rails / "landing" / feed).glob("dt=*/*.jsonl.gz")):
            with gzip.open(file, "rt") as lines:
                rows = [(json.loads(line), line) for line in lines]
            newcomers |= {row[key] for row, _ in rows if row.get("user_created_at", "") >= SINCE}
            copy = home / "landing" / feed / file.parent.name / "part.jsonl"
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text("".join(line for row, line in rows if row[key] in newcomers))
    definitions = shutil.copytree(rails_settings.definitions, home / "definitions")
    (definitions / "metrics").mkdir()
    for name in FILES:
        shutil.copy(
            PROJECT / "include" / "definitions" / "metrics" / f"{name}.yaml",
            definitions / "metrics",
        )
    return Settings(home=home, definitions=definitions, pseudonym_key="rails")


@pytest.fixture(scope="module")
def published(server: EmbeddedServer, settings: Settings) -> Warehouse:
    """Everything in one pass."""
    server.create_database("rails_metrics")
    warehouse = Warehouse(server.url("rails_metrics"))
    pipeline.initialise(warehouse, settings)
    pipeline.load_delivered(warehouse, settings)
    rebuild(warehouse, LAST_DAY, reason="test")
    return warehouse


@pytest.fixture(scope="module")
def metrics(settings: Settings) -> dict[str, Metric]:
    """The metrics in force."""
    return load_definitions(settings.definitions).metrics


@pytest.fixture(scope="module")
def expected(published: Warehouse, metrics: dict[str, Metric]) -> Values:
    """What the naive computation says."""
    return Naive(published, "UTC", LAST_DAY).values(metrics)


@pytest.fixture(scope="module")
def stored(published: Warehouse) -> Values:
    """What was published."""
    with published.connect() as connection:
        rows = connection.execute(
            "select metric_id, date, segment_key, segment_value, value, numerator, denominator"
            " from gold.metric_values"
        ).fetchall()
    return {row[:4]: row[4:] for row in rows}


@pytest.mark.parametrize(
    "kind",
    [
        "state_count", "flow", "distinct_active", "duration", "cohort", "product_cohort",
        "adoption", "session", "time_to_value", "ratio",
    ],
)  # fmt: skip
def test_every_value_of_every_segment(
    metrics: dict[str, Metric], expected: Values, stored: Values, kind: str
) -> None:
    of_kind = {
        metric.id for metric in metrics.values()
        if metric.formula.kind == kind and getattr(metric.formula, "since", "") != "access"
        and "in_dunning" not in metric.id  # nobody pays
        and getattr(metric.formula, "until", "") != "first_success"  # there are no outcomes
        and getattr(metric.formula, "of", "") != "features"  # there are none
    }  # fmt: skip
    found, wanted = (
        {
            place: shown(values) for place, values in all_values.items()
            if place[0] in of_kind and says_something(place, values)
        }
        for all_values in (stored, expected)
    )  # fmt: skip
    assert {place[0] for place in wanted} == of_kind  # none of them is untested
    assert found == wanted

"""A real event log of 22 years, with definitions made from its own lists."""

import csv
import shutil
from pathlib import Path

import pytest

from monstera import pipeline
from monstera.settings import Settings
from monstera.warehouse import Warehouse
from monstera.warehouse.server import EmbeddedServer


@pytest.fixture(scope="session")
def rails(shared: Path) -> Path:
    """The folder of the log and of what is expected of it."""
    return shared / "data" / "rails"


@pytest.fixture(scope="session")
def rails_settings(rails: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings that point at the log, every threshold at its default.

    The feed of accounts stays out: a row for each of the 2,456 on each of 8,000 days would take
    most of the time of these tests and tell nothing of users. `test_accounts.py` takes it in.
    """
    definitions = tmp_path_factory.mktemp("rails_definitions")
    for name in ("products", "events"):
        (definitions / name).mkdir()
    (definitions / "lifecycle.yaml").write_text("business_time_zone: UTC\n")
    (definitions / "products" / "areas.yaml").write_text(
        "".join(
            f"- {{id: {row['product_id']}, name: {row['product_id']}}}\n"
            for row in _rows(rails / "products.csv")
        )
    )
    (definitions / "events" / "commits.yaml").write_text(
        "".join(
            f"- {{event_type: {row['event_type']}, is_qualifying: {row['is_qualifying']}}}\n"
            for row in _rows(rails / "event_types.csv")
        )
    )
    home = tmp_path_factory.mktemp("rails_home")
    for feed in ("events", "users"):
        shutil.copytree(rails / "landing" / feed, home / "landing" / feed)
    return Settings(
        home=home,
        definitions=definitions,
        pseudonym_key="rails",
    )


@pytest.fixture(scope="session")
def loaded(server: EmbeddedServer, rails_settings: Settings) -> Warehouse:
    """The whole log loaded, nothing published."""
    server.create_database("rails_loaded")
    warehouse = Warehouse(server.url("rails_loaded"))
    pipeline.initialise(warehouse, rails_settings)
    pipeline.load_delivered(warehouse, rails_settings)
    return warehouse


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open() as lines:
        return list(csv.DictReader(lines))

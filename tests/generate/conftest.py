from datetime import date
from pathlib import Path

import pytest

from monstera.definitions import Definitions, load_definitions
from monstera.generate import generate

USERS, DAYS, START, SEED = 400, 100, date(2026, 1, 15), 11


@pytest.fixture(scope="session")
def definitions() -> Definitions:
    return load_definitions(Path(__file__).parent / "definitions")


@pytest.fixture(scope="session")
def demo(definitions: Definitions, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company with trouble of every kind, in a zone that changes its clocks in between."""
    folder = tmp_path_factory.mktemp("demo")
    generate(
        folder, definitions=definitions, users=USERS, days=DAYS, start=START, seed=SEED,
        shape="demo", broken_share=0.01,
    )  # fmt: skip
    return folder

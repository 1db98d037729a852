"""A landing zone, empty, beside an empty warehouse."""

from pathlib import Path

import pytest

from monstera.definitions import compile_definitions
from monstera.warehouse import Warehouse

from .builders import Landing, definitions


@pytest.fixture
def landing(warehouse: Warehouse, tmp_path: Path) -> Landing:
    declared = definitions(tmp_path / "definitions")
    with warehouse.transaction() as connection:
        compile_definitions(connection, declared)
    return Landing(tmp_path / "landing", warehouse, declared)

"""A definitions folder for each test, written as text so that lines can be counted."""

from collections.abc import Callable
from pathlib import Path

import pytest

from monstera.definitions import Definitions, load_definitions
from monstera.warehouse import Warehouse

PRODUCTS = """\
- id: editor
  name: Video Editor
"""
EVENTS = """\
- event_type: video_created
  product: editor
  is_qualifying: true
"""

WriteFolder = Callable[[dict[str, str]], Path]
LoadFolder = Callable[[dict[str, str]], Definitions]


@pytest.fixture
def write_folder(tmp_path: Path) -> WriteFolder:
    """Writes a minimal folder, with these files changed or added; an empty text removes one."""

    def write(files: dict[str, str]) -> Path:
        minimal = {"products/a.yaml": PRODUCTS, "events/a.yaml": EVENTS, "lifecycle.yaml": "{}"}
        for name, text in {**minimal, **files}.items():
            file = tmp_path / name
            file.parent.mkdir(exist_ok=True)
            file.unlink(missing_ok=True)
            if text:
                file.write_text(text)
        return tmp_path

    return write


@pytest.fixture
def load_folder(write_folder: WriteFolder) -> LoadFolder:
    """Loads such a folder."""
    return lambda files: load_definitions(write_folder(files))


def store_an_event(warehouse: Warehouse) -> None:
    """Puts an event into the warehouse, as loaded."""
    with warehouse.transaction() as connection:
        connection.execute("select bronze.ensure_event_partition('2026-01-31')")
        connection.execute(
            "insert into bronze.events (occurred_at, occurred_on, received_at, load_id, event_id,"
            " entity_id, entity_type, event_type, schema_version, is_qualifying_event,"
            " is_activation_event, location, metadata) values ('2026-01-31 12:00+00', '2026-01-31',"
            " '2026-01-31 12:00+00', 1, gen_random_uuid(), gen_random_uuid(), 'user', 'seen', 1,"
            " false, false, 'web', '{}')"
        )

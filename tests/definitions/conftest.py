"""A definitions folder for each test, written as text so that lines can be counted."""

from collections.abc import Callable
from pathlib import Path

import pytest

from monstera.definitions import Definitions, load_definitions

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

"""Small landing zones and definitions for tests."""

import gzip
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from monstera.definitions import Definitions, load_definitions
from monstera.loading import LoadReport, Pseudonyms, load
from monstera.warehouse import Warehouse

KEY = "a key for tests"
PSEUDONYMS = Pseudonyms(KEY)
DT = date(2026, 1, 31)

LIFECYCLE = "business_time_zone: UTC\n"
PRODUCTS = """
- {id: video_editor, name: Video Editor}
- {id: idea_box, name: Idea Box}
- {id: captions, name: Captions, kind: feature, parent: video_editor}
"""
EVENTS = """
- event_type: video_created
  is_qualifying: true
  is_activation: true
  product: video_editor
  feature: captions
  aliases: [video.created]
  schema_versions: [1, 2]
  metadata:
    duration_seconds: {type: integer}
    format: {type: string, required: true}
- event_type: video_watched
  is_qualifying: true
  qualifies_when: duration_seconds > 300
  metadata:
    duration_seconds: {type: number}
    invited_user_ids: {type: array}
    tags: {type: array}
    details: {type: object}
    starts_on: {type: date}
    starts_at: {type: timestamp}
    is_shared: {type: boolean}
- event_type: logged_in
  is_qualifying: false
  passive: true
  aliases: [login]
"""


def definitions(folder: Path, **files: str) -> Definitions:
    """Definitions of a small company; `files` replaces `lifecycle`, `products` or `events`."""
    texts = {"lifecycle": LIFECYCLE, "products": PRODUCTS, "events": EVENTS, **files}
    (folder / "products").mkdir(parents=True, exist_ok=True)
    (folder / "events").mkdir(exist_ok=True)
    (folder / "lifecycle.yaml").write_text(texts["lifecycle"])
    (folder / "products" / "all.yaml").write_text(texts["products"])
    (folder / "events" / "all.yaml").write_text(texts["events"])
    return load_definitions(folder)


def event(event_id: str = "e1", **changes: Any) -> dict[str, Any]:
    """A good event of the user `u1`; a change to None leaves the field out."""
    row = {
        "event_id": event_id,
        "entity_id": "u1",
        "entity_type": "user",
        "event_type": "video_created",
        "timestamp": "2026-01-20T09:12:44.120Z",
        "location": "web_app",
        "session_id": "s1",
        "schema_version": 1,
        "metadata": {"format": "mp4", "account_id": "a1", "project_id": "p1"},
        **changes,
    }
    return {name: value for name, value in row.items() if value is not None}


def user(user_id: str = "u1", **changes: Any) -> dict[str, Any]:
    """A version of a user who signed up on 2026-01-01."""
    row = {
        "user_id": user_id,
        "user_created_at": "2026-01-01T08:00:00Z",
        "account_id": "a1",
        "country": "DE",
        "updated_at": "2026-01-01T08:00:00Z",
        **changes,
    }
    return {name: value for name, value in row.items() if value is not None}


def account(account_id: str = "a1", **changes: Any) -> dict[str, Any]:
    """A version of an account."""
    row = {
        "account_id": account_id,
        "account_created_at": "2026-01-01T08:00:00Z",
        "subscription_tier": "pro",
        "total_seats": 5,
        "monthly_recurring_revenue": 49.5,
        "updated_at": "2026-01-01T08:00:00Z",
        **changes,
    }
    return {name: value for name, value in row.items() if value is not None}


def json_lines(rows: Iterable["Mapping[str, Any] | bytes"]) -> bytes:
    """Rows as lines; bytes stay what they are."""
    lines = [row if isinstance(row, bytes) else orjson.dumps(row) for row in rows]
    return b"".join(line + b"\n" for line in lines)


class Landing:
    """A landing zone in a folder, and the warehouse that it is loaded into."""

    def __init__(self, folder: Path, warehouse: Warehouse, definitions: Definitions) -> None:
        self.folder = folder
        self.warehouse = warehouse
        self.definitions = definitions

    def put(
        self,
        feed: str,
        rows: "Iterable[Mapping[str, Any] | bytes] | bytes",
        dt: date = DT,
        name: str = "part-0.jsonl",
    ) -> Path:
        """Delivers a file: rows, or the bytes of the whole file."""
        content = rows if isinstance(rows, bytes) else json_lines(rows)
        if not isinstance(rows, bytes) and name.endswith(".gz"):
            content = gzip.compress(content)
        file = self.folder / feed / f"dt={dt.isoformat()}" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return file

    def load(self, **options: Any) -> LoadReport:
        """Loads what waits."""
        uri = options.pop("landing_uri", str(self.folder))
        return load(self.warehouse, self.definitions, uri, PSEUDONYMS, **options)

    def rows(self, query: str, *parameters: Any) -> list[Any]:
        """Rows of a query; of one column: its values."""
        with self.warehouse.connect() as connection:
            found = connection.execute(query, parameters).fetchall()
        return [row[0] if len(row) == 1 else row for row in found]

    def reasons(self) -> dict[int, list[str]]:
        """Reasons in quarantine, by line."""
        return dict(self.rows("select line_number, reasons from bronze.event_quarantine"))

"""All definitions of a folder, together with what is built in."""

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from monstera.definitions.accounts import Accounts
from monstera.definitions.events import EventType
from monstera.definitions.feeds import Feed
from monstera.definitions.lifecycle import Lifecycle, Thresholds
from monstera.definitions.metrics import Metric
from monstera.definitions.model import PLATFORM
from monstera.definitions.products import Product
from monstera.definitions.reader import Declared
from monstera.definitions.segments import Segments
from monstera.definitions.transitions import LEGAL_TRANSITIONS
from monstera.definitions.workflows import Workflow

Document = dict[str, Any]
"""JSON data by section (`products`, `event_types`, …) and id."""

RAW_SECTIONS = ("alerts", "routing")
"""Kept as declared: rooms of their own know what they mean."""

SECTIONS_WITHOUT_EFFECT = {"files", "feeds", "metrics", "alerts", "routing"}
KEYS_WITHOUT_EFFECT = {
    "owner", "description", "status",
    "definition", "rationale", "target_metrics", "intervention",
}  # fmt: skip
"""What may change without a change in any state."""


class Definitions(BaseModel):
    """Everything that is defined, by id.

    `sources` holds, by section and id, what the folder says and on which line; built-in things
    that the folder does not mention have none.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    lifecycle: Lifecycle
    products: dict[str, Product]
    event_types: dict[str, EventType]
    feeds: dict[str, Feed]
    accounts: Accounts
    metrics: dict[str, Metric] = {}
    workflows: dict[str, Workflow] = {}
    segments: Segments = Segments()
    sources: dict[str, dict[str, Declared]]

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy that works out its hash and all else anew; pydantic's takes them along."""
        copy = super().model_copy(update=update, deep=deep)
        for name in copy.__dict__.keys() - type(self).model_fields.keys():
            del copy.__dict__[name]
        return copy

    @cached_property
    def aliases(self) -> dict[str, str]:
        """Names that producers send, and the event types they stand for."""
        return {
            alias: event_type.event_type
            for event_type in self.event_types.values()
            for alias in event_type.aliases
        }

    @cached_property
    def scopes(self) -> dict[str, Thresholds]:
        """Where a state machine runs, `platform` first, and its thresholds in days."""
        scopes = {PLATFORM: self.thresholds(None)}
        for product in self.products.values():
            if product.kind == "product":
                scopes[product.id] = self.thresholds(product)
        return scopes

    def thresholds(self, product: Product | None) -> Thresholds:
        """A product's thresholds, those it does not set taken from the platform (None)."""
        days = self.lifecycle.model_dump(include=set(Thresholds.model_fields))
        if product is not None:
            days |= product.state_time_thresholds.model_dump(exclude_none=True)
        return Thresholds.model_construct(**days)

    def lineage(self, product_id: str) -> list[Product]:
        """A product or feature, its parent, and its parent's parent, as far as they are known."""
        line: list[Product] = []
        while product_id in self.products and self.products[product_id] not in line:
            line.append(self.products[product_id])
            product_id = line[-1].parent or ""
        return line

    def entries(self, section: str) -> tuple[Declared, ...]:
        """What the folder declares in a section, e.g. `alerts`, as declared and with its lines."""
        return tuple(self.sources.get(section, {}).values())

    @property
    def alert_rules(self) -> list[dict[str, Any]]:
        """The entries of `alerts/*.yaml` as plain data; `entries("alerts")` know their lines."""
        return [entry.content for entry in self.entries("alerts")]

    @property
    def routing(self) -> dict[str, Any]:
        """The content of `routing.yaml`; empty where there is none."""
        return next((dict(entry.content) for entry in self.entries("routing")), {})

    def document(self) -> Document:
        """All definitions as JSON data, by section and id.

        The section `files` says where things are declared.
        """
        return {
            "lifecycle": {"lifecycle": self.lifecycle.model_dump(mode="json")},
            "products": _dump(self.products),
            "event_types": _dump(self.event_types),
            "feeds": _dump(self.feeds),
            "accounts": {"accounts": self.accounts.model_dump(mode="json")},
            "metrics": _dump(self.metrics),
            "workflows": _dump(self.workflows),
            "segments": _dump(self.segments.thresholds) | _dump(self.segments.composites),
            **{section: self._as_declared(section) for section in RAW_SECTIONS},
            "legal_transitions": {
                kind: [list(edge) for edge in edges] for kind, edges in LEGAL_TRANSITIONS.items()
            },
            "files": {
                section: {name: entry.file for name, entry in entries.items()}
                for section, entries in self.sources.items()
            },
        }

    def _as_declared(self, section: str) -> Document:
        contents = {name: entry.content for name, entry in self.sources.get(section, {}).items()}
        plain: Document = json.loads(json.dumps(contents, default=str))
        return plain

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the document; where and in which order things are declared does not count."""
        return _digest({name: part for name, part in self.document().items() if name != "files"})

    @cached_property
    def history_hash(self) -> str:
        """SHA-256 of what decides states.

        Definitions that differ in other things (metrics, alert rules, owners, descriptions) only,
        have the same one, and states computed with either are the same.
        """
        return _digest(
            {
                section: {name: _deciding(content) for name, content in contents.items()}
                for section, contents in self.document().items()
                if section not in SECTIONS_WITHOUT_EFFECT
            }
        )


def _digest(content: Document) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _deciding(content: Any) -> Any:
    """A definition without what has no effect on history."""
    if not isinstance(content, dict):
        return content
    return {key: value for key, value in content.items() if key not in KEYS_WITHOUT_EFFECT}


def _dump(models: Mapping[str, BaseModel]) -> Document:
    return {name: model.model_dump(mode="json", by_alias=True) for name, model in models.items()}

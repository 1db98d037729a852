"""Events as the lines of JSON that producers send."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from monstera.definitions import Definitions, EventType
from monstera.generate.billing import Fact
from monstera.generate.calendar import Milliseconds, text
from monstera.generate.catalog import Catalog, Indexes
from monstera.generate.metadata import MetadataSource, Rows, user_id
from monstera.generate.usage import NO_PRODUCT, Events

LOCATIONS = ("web_app", "mobile_app", "desktop_app", "api")
WITHOUT_ID_SHARE = 0.02
ALIAS_SHARE = 0.3


@dataclass(frozen=True)
class Lines:
    """Encoded events in columns of one length.

    `product` is the product that the event counts for, `qualifies` whether it counts as activity.
    The events of a user stand together, in the order of their time.
    """

    text: list[bytes]
    occurred_at: Milliseconds
    received_at: Milliseconds
    user: Indexes
    kind: list[EventType]
    product: list[str | None]
    qualifies: npt.NDArray[np.bool_]
    metadata: list[dict[str, Any]]

    def __len__(self) -> int:
        return len(self.text)


class Encoder:
    """Turns a day's events into lines, drawing ids, places and metadata."""

    def __init__(
        self,
        random: np.random.Generator,
        definitions: Definitions,
        catalog: Catalog,
        metadata: MetadataSource,
    ) -> None:
        self._random = random
        self._catalog = catalog
        self._metadata = metadata
        self._aliases = {name: alias for alias, name in sorted(definitions.aliases.items())}

    def encode(self, day: int, events: Events, received_at: Milliseconds) -> Lines:
        """The lines of these events, in the same order; `received_at` where it is in time."""
        products = [
            None if number == NO_PRODUCT else self._catalog.products[number]
            for number in events.product.tolist()
        ]
        metadata, qualifies = self._describe(events, products)
        names = self._names(events.kind)
        versions = [max(kind.schema_versions) for kind in self._catalog.types]
        places = np.array(LOCATIONS)[(self._random.random(len(events)) ** 2 * 4).astype(int)]
        lines = [
            orjson.dumps(
                {
                    **identity,
                    "entity_id": user_id(user),
                    "entity_type": "user",
                    "event_type": name,
                    "timestamp": occurred,
                    "received_at": received,
                    "location": place,
                    "session_id": f"s_{day}_{user}",
                    "schema_version": versions[kind],
                    "metadata": described,
                }
            )
            for identity, user, name, kind, occurred, received, place, described in zip(
                self.identities(len(events), WITHOUT_ID_SHARE),
                events.user.tolist(),
                names,
                events.kind.tolist(),
                text(events.occurred_at),
                text(received_at),
                places.tolist(),
                metadata,
                strict=True,
            )
        ]
        kinds = [self._catalog.types[number] for number in events.kind.tolist()]
        at, users = events.occurred_at, events.user
        return Lines(lines, at, received_at, users, kinds, products, qualifies, metadata)

    def fact(self, entity: str, entity_type: str, fact: Fact, received_at: int) -> bytes:
        """The line of one built-in event of a user or an account."""
        occurred, received = text(np.array([fact.occurred_at, received_at]))
        return orjson.dumps(
            {
                **self.identities(1, 0.0)[0],
                "entity_id": entity,
                "entity_type": entity_type,
                "event_type": fact.event_type,
                "timestamp": occurred,
                "received_at": received,
                "location": "web_app" if entity_type == "visitor" else "backend",
                "schema_version": 1,
                "metadata": fact.metadata,
            }
        )

    def identities(self, count: int, without_share: float) -> list[dict[str, str]]:
        """An `event_id` for each event; nothing for the producers that send none."""
        drawn = self._random.bytes(16 * count).hex()
        missing = (self._random.random(count) < without_share).tolist()
        return [
            {} if skip else {"event_id": _uuid(drawn[32 * n : 32 * n + 32])}
            for n, skip in enumerate(missing)
        ]

    def _names(self, kinds: Indexes) -> list[str]:
        """The names of event types, some under an alias."""
        own = [kind.event_type for kind in self._catalog.types]
        other = [self._aliases.get(name, name) for name in own]
        aliased = (self._random.random(len(kinds)) < ALIAS_SHARE).tolist()
        return [
            other[kind] if under_alias else own[kind]
            for kind, under_alias in zip(kinds.tolist(), aliased, strict=True)
        ]

    def _describe(
        self, events: Events, products: Sequence[str | None]
    ) -> tuple[list[dict[str, Any]], npt.NDArray[np.bool_]]:
        """Metadata of each event, and whether it qualifies, type by type."""
        metadata: list[dict[str, Any]] = [{} for _ in range(len(events))]
        qualifies = np.zeros(len(events), dtype=bool)
        for number in np.unique(events.kind).tolist():
            kind = self._catalog.types[number]
            at = np.flatnonzero(events.kind == number)
            places = at.tolist()
            rows = Rows(
                events.user[at], [products[place] for place in places], events.occurred_at[at]
            )
            for place, found in zip(places, self._metadata.draw(kind, rows), strict=True):
                metadata[place] = found
                qualifies[place] = does_qualify(kind, found)
        return metadata, qualifies


COMPARISONS = {
    "=": lambda value, bound: value == bound,
    "!=": lambda value, bound: value != bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
}


def does_qualify(kind: EventType, metadata: dict[str, Any]) -> bool:
    """Whether an event of a user with this metadata counts as activity."""
    condition = kind.qualifies_when
    if not kind.is_qualifying or condition is None:
        return kind.is_qualifying
    value = metadata.get(condition.key)
    return value is not None and bool(COMPARISONS[condition.operator](value, condition.value))


def _uuid(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

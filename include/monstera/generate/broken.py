"""Broken rows: a good row with exactly one thing wrong, so that exactly one reason refuses it."""

import math
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from monstera.definitions import Definitions, EventType

Row = dict[str, Any]
REQUIRED = ("entity_id", "entity_type", "event_type", "timestamp", "location")
LONGER_THAN_ANY_EVENT = 2 * 1024 * 1024
AT_MOST = {"too_large": 3}
"""Reasons that a few rows are enough for."""


@dataclass(frozen=True)
class Context:
    """What a row is broken with."""

    signed_up_at: int
    """Of the row's user, in milliseconds since 1970."""
    deleted_user: str | None
    """Someone who is deleted on the day, and whose deletion was delivered before."""


Break = Callable[[Row, Context], bytes | None]
"""Breaks a row; None where this row cannot be broken in this way."""


class Breaker:
    """Breaks rows, each for the next reason in turn, so that every reason gets its share."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        required = self._required_fields()
        self._breaks: dict[str, Break] = {
            "malformed_json": lambda row, _: orjson.dumps(row)[:-20],
            "not_an_object": lambda row, _: orjson.dumps([row["event_id"]]),
            "bad_encoding": _bad_encoding,
            "too_large": _too_large,
            **{f"missing_field:{field}": _without(field) for field in REQUIRED},
            "wrong_type:timestamp": _with("timestamp", "yesterday at noon"),
            "wrong_type:metadata": self._without_all_metadata,
            **{f"missing_metadata:{key}": self._without_metadata(key) for key in required[:1]},
            **{f"wrong_type:{key}": self._with_wrong_metadata(key) for key in required[:1]},
            "unknown_product": self._of_unknown_product,
            "unknown_event_type": _with("event_type", "no_such_event"),
            "unknown_entity": lambda row, _: _line(row, entity_id=f"ghost_{row['event_id'][:8]}"),
            "unsupported_schema_version": _with("schema_version", 99),
            "in_future": _in_future,
            "too_old": self._too_old,
            "before_signup": _before_signup,
            "entity_deleted": _entity_deleted,
            "conflicting_duplicate": lambda row, _: _changed(row),
        }
        self._queue = deque(self._breaks)
        self._done: Counter[str] = Counter()

    def break_row(self, line: bytes, context: Context) -> tuple[str, bytes] | None:
        """A reason and the broken copy of a good line; None where it cannot be broken.

        The reasons take turns; one that does not fit the line stays at the head of the queue.
        """
        row = orjson.loads(line)
        if "event_id" not in row:
            return None
        copy = {**row, "event_id": _another(row["event_id"])}
        for reason in self._queue:
            original = row if reason == "conflicting_duplicate" else copy
            broken = self._breaks[reason](original, context)
            if broken is not None:
                self._queue.remove(reason)
                self._done[reason] += 1
                if self._done[reason] < AT_MOST.get(reason, math.inf):
                    self._queue.append(reason)
                return reason, broken
        return None

    def _type_of(self, row: Row) -> EventType:
        name: str = row["event_type"]
        return self._definitions.event_types[self._definitions.aliases.get(name, name)]

    def _required_fields(self) -> list[str]:
        """Metadata keys that some event type requires."""
        return sorted(
            {
                key
                for kind in self._definitions.event_types.values()
                for key, field in kind.metadata.items()
                if field.required and key != "product_id"
            }
        )

    def _without_metadata(self, key: str) -> Break:
        def break_it(row: Row, context: Context) -> bytes | None:
            field = self._type_of(row).metadata.get(key)
            if field is None or not field.required:
                return None
            left = {name: value for name, value in row["metadata"].items() if name != key}
            return _line(row, metadata=left)

        return break_it

    def _with_wrong_metadata(self, key: str) -> Break:
        def break_it(row: Row, context: Context) -> bytes | None:
            if key not in row["metadata"]:
                return None
            return _line(row, metadata={**row["metadata"], key: ["no", "such", "type"]})

        return break_it

    def _without_all_metadata(self, row: Row, context: Context) -> bytes | None:
        if any(field.required for field in self._type_of(row).metadata.values()):
            return None
        return _line(row, metadata="none")

    def _of_unknown_product(self, row: Row, context: Context) -> bytes | None:
        if self._type_of(row).product is not None:
            return None
        return _line(row, metadata={**row["metadata"], "product_id": "no_such_product"})

    def _too_old(self, row: Row, context: Context) -> bytes:
        """A visitor's, since a user would not have signed up by then."""
        age = timedelta(days=self._definitions.lifecycle.max_event_age_days + 40)
        occurred = _moment(row["received_at"]) - age
        return _line(row, entity_type="visitor", entity_id="v_1", timestamp=_text(occurred))


def _line(row: Row, **changes: Any) -> bytes:
    return orjson.dumps({**row, **changes})


def _with(field: str, value: Any) -> Break:
    return lambda row, _: _line(row, **{field: value})


def _without(field: str) -> Break:
    return lambda row, _: orjson.dumps({key: row[key] for key in row if key != field})


def _bad_encoding(row: Row, context: Context) -> bytes:
    return _line(row, location="caf_").replace(b"caf_", b"caf\xe9")


def _too_large(row: Row, context: Context) -> bytes:
    return _line(row, metadata={**row["metadata"], "note": "x" * LONGER_THAN_ANY_EVENT})


def _in_future(row: Row, context: Context) -> bytes:
    return _line(row, timestamp=_text(_moment(row["received_at"]) + timedelta(days=2)))


def _before_signup(row: Row, context: Context) -> bytes:
    signup = datetime.fromisoformat("1970-01-01T00:00:00+00:00") + timedelta(
        milliseconds=context.signed_up_at
    )
    return _line(row, timestamp=_text(signup - timedelta(days=5)))


def _entity_deleted(row: Row, context: Context) -> bytes | None:
    return (context.deleted_user and _line(row, entity_id=context.deleted_user)) or None


def _changed(row: Row) -> bytes:
    return _line(row, location=f"{row['location']}_again")


def _another(event_id: str) -> str:
    """Another id: the first digit replaced by its complement."""
    return f"{15 - int(event_id[0], 16):x}{event_id[1:]}"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"

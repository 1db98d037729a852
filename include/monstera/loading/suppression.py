"""Erased people and accounts: nothing that names them comes back."""

import re
from typing import Any
from uuid import UUID

from psycopg import Connection

_TOKEN = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def suppressed_entities(connection: "Connection[Any]") -> frozenset[bytes]:
    """The tokens of everyone erased."""
    rows = connection.execute("select entity_id from ops.suppressed_entities", binary=True)
    return frozenset(token.bytes for (token,) in rows)


def tokens_in(text: str) -> set[bytes]:
    """Everything in a text that may be a token."""
    return {UUID(token).bytes for token in _TOKEN.findall(text)}

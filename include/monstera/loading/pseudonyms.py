"""Pseudonyms: what stands for an id in the warehouse, a digest under a key."""

import hmac
import secrets
from collections.abc import Iterable
from typing import Protocol
from uuid import UUID

import pyarrow as pa

from monstera.private_files import made_once
from monstera.settings import Settings

KEY_FILE = "pseudonym.key"
KEPT_TOKENS = 200_000
"""Tokens that are remembered, about 200 bytes each."""


class Tokens(Protocol):
    """What turns ids, as they were delivered, into the tokens that are stored."""

    def column(self, ids: pa.StringArray) -> pa.FixedSizeBinaryArray:
        """The token of every id, 16 bytes each; null stays null."""
        ...


class Pseudonyms:
    """Tokens under a key: the first 128 bits of HMAC-SHA-256 over the id's UTF-8 bytes."""

    def __init__(self, key: str) -> None:
        """Raises ValueError where the key is empty."""
        if not key:
            raise ValueError("The key of the pseudonyms is empty: set MONSTERA_PSEUDONYM_KEY.")
        self._key = key.encode()
        self._known: dict[str, bytes] = {}

    def token(self, id: str) -> UUID:
        """The token of an id, whatever kind of entity it names."""
        return UUID(bytes=self._digest(id))

    def digest(self, content: bytes) -> UUID:
        """What content is recognised by, without telling those who lack the key what it is."""
        return UUID(bytes=hmac.digest(self._key, content, "sha256")[:16])

    def column(self, ids: pa.StringArray) -> pa.FixedSizeBinaryArray:
        """The token of every id, 16 bytes each; null stays null."""
        encoded = ids.dictionary_encode()
        tokens = pa.array(self._digests(encoded.dictionary.to_pylist()), pa.binary(16))
        return tokens.take(encoded.indices)

    def _digests(self, ids: Iterable[str]) -> list[bytes]:
        known = self._known
        tokens = []
        for id in ids:
            token = known.get(id)
            if token is None:
                token = known[id] = self._digest(id)
            tokens.append(token)
        if len(known) > KEPT_TOKENS:
            self._known = {}
        return tokens

    def _digest(self, id: str) -> bytes:
        return hmac.digest(self._key, id.encode(), "sha256")[:16]


class StoredTokens:
    """Ids that are tokens already, as text: those of quarantined rows."""

    def column(self, ids: pa.StringArray) -> pa.FixedSizeBinaryArray:
        """The 16 bytes of every token; null stays null, and so does what is no token."""
        return pa.array([_token_bytes(id) for id in ids.to_pylist()], pa.binary(16))


def open_pseudonyms(settings: Settings) -> Pseudonyms:
    """Pseudonyms under the configured key, else under a key file in the home.

    The file is made at first start and readable by its owner only. Without it nothing more can be
    loaded into its warehouse.
    """
    if settings.pseudonym_key:
        return Pseudonyms(settings.pseudonym_key)
    file = settings.home_path / KEY_FILE
    return Pseudonyms(made_once(file, lambda: secrets.token_urlsafe(32)))


def _token_bytes(id: str | None) -> bytes | None:
    try:
        return None if id is None else UUID(id).bytes
    except ValueError:
        return None

"""The key of a warehouse's pseudonyms: whichever its first load had."""

from typing import Any

import psycopg

from monstera.loading.pseudonyms import KEY_FILE, Pseudonyms
from monstera.warehouse.database import WarehouseError, one_row

FINGERPRINTED = b"the key of the pseudonyms"
_FIRST_KEY = """
insert into ops.pseudonym_keys (key_version, fingerprint) values (1, %s)
on conflict (key_version) do nothing
"""
_KEY_IN_USE = "select fingerprint from ops.pseudonym_keys order by key_version desc limit 1"


class AnotherKey(WarehouseError):
    """The warehouse holds pseudonyms under another key than the one at hand."""


def hold_key(connection: "psycopg.Connection[Any]", pseudonyms: Pseudonyms) -> None:
    """Makes sure that the warehouse's pseudonyms are under this key; a first load decides.

    Raises:
        AnotherKey: they are not, so that every entity would be taken for a new one.
    """
    fingerprint = pseudonyms.digest(FINGERPRINTED)
    connection.execute(_FIRST_KEY, [fingerprint])
    if one_row(connection.execute(_KEY_IN_USE)) != (fingerprint,):
        raise AnotherKey(
            "What this warehouse holds was loaded under another pseudonym key, and under this "
            "one everybody would be taken for somebody new. Nothing was loaded. Set "
            f"MONSTERA_PSEUDONYM_KEY to the key of before, or bring its file {KEY_FILE} back "
            "into the home."
        )

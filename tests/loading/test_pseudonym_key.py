"""The key of the pseudonyms: one for the life of a warehouse."""

import pytest

from monstera.loading import AnotherKey, Pseudonyms, load

from .builders import Landing, user


def test_under_another_key_nothing_is_loaded(landing: Landing) -> None:
    landing.put("users", [user("u1")])
    landing.load()
    landing.put("users", [user("u2")], name="part-1.jsonl")
    with pytest.raises(AnotherKey, match="MONSTERA_PSEUDONYM_KEY"):
        load(landing.warehouse, landing.definitions, str(landing.folder), Pseudonyms("lost"))
    assert landing.rows("select count(*) from bronze.users") == [1]
    assert [file.counts.accepted for file in landing.load().files] == [1]

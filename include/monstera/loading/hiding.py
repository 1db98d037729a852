"""What names people, found in rows and texts and replaced."""

import re
from typing import Any
from uuid import UUID

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from monstera.loading.json_rows import (
    OBJECT,
    Codes,
    contains,
    decoded,
    kinds_of,
    places_that_match,
)
from monstera.loading.pseudonyms import Tokens
from monstera.loading.taxonomy import is_id_key

HIDDEN = "…"

_NESTED_ID = r'(?i)(user|account|visitor)_?ids?"\s*:'
_VALUE = r"""("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|\[[^\]]*\]?|(?!null\b)[^\s,}\]]+)"""
_ID_IN_TEXT = re.compile(
    rf"""(["']\w{{0,99}}(?:user|account|visitor|entity)_?ids?\\*["']\s*:\s*){_VALUE}""", re.I
)
_PERSONAL_IN_TEXT = re.compile(
    rf"""(["']\w{{0,99}}(?:name|mail|phone|address)\w{{0,99}}\\*["']\s*:\s*){_VALUE}""", re.I
)
_PERSONAL_KEY = re.compile(
    r"(?:.*_)?(?:first|last|full|user|family|given)?_?(?:name|e?mail|phone|address)(?:_.*)?",
    re.I,
)
_MAIL_ADDRESS = re.compile(r"[\w.%+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")


def text_without_people(text: str, tokens: Tokens) -> str:
    """A text that is not JSON, without the ids, names and addresses that can be found in it."""

    def replace(match: "re.Match[str]") -> str:
        value = match[2]
        id = value[1:].removesuffix(value[0]) if value[0] in "\"'" else value
        return f'{match[1]}"{_token(id, tokens) if id[:1].isalnum() else HIDDEN}"'

    text = _ID_IN_TEXT.sub(replace, text)
    text = _PERSONAL_IN_TEXT.sub(rf'\1"{HIDDEN}"', text)
    return _MAIL_ADDRESS.sub(HIDDEN, text)


def tokenised(value: Any, tokens: Tokens) -> Any:
    """Whatever names a person, as a token; null stays null."""
    if isinstance(value, list):
        return [tokenised(item, tokens) for item in value]
    if value is None:
        return None
    return _token(value if isinstance(value, str) else orjson.dumps(value).decode(), tokens)


def without_ids(value: Any, tokens: Tokens) -> Any:
    """The value with tokens for what its members, however deep, call an id."""
    if isinstance(value, list):
        return [without_ids(item, tokens) for item in value]
    if isinstance(value, dict):
        return {
            key: tokenised(item, tokens) if is_id_key(key) else without_ids(item, tokens)
            for key, item in value.items()
        }
    return value


def members_without_people(values: pa.StringArray, tokens: Tokens) -> pa.StringArray:
    """The JSON of values, with tokens for what members inside call ids, without mail addresses."""
    inside = np.flatnonzero(kinds_of(values) >= OBJECT)
    places = places_that_match(_NESTED_ID, values, inside)
    if contains(values, "@"):
        places = np.union1d(places, places_that_match("@", values, np.arange(len(values))))
    hidden = [
        orjson.dumps(without_addresses(without_ids(value, tokens))).decode()
        for value in decoded(values.take(pa.array(places)))
    ]
    return _replaced(values, places, hidden)


def texts_without_addresses(texts: pa.StringArray) -> pa.StringArray:
    """Texts without mail addresses; null stays null."""
    if not contains(texts, "@"):
        return texts
    places = places_that_match("@", texts, np.arange(len(texts)))
    hidden = [without_addresses(text) for text in texts.take(pa.array(places)).to_pylist()]
    return _replaced(texts, places, hidden)


def _replaced(texts: pa.StringArray, places: Codes, others: list[str]) -> pa.StringArray:
    if len(places) == 0:
        return texts
    is_replaced = np.zeros(len(texts), bool)
    is_replaced[places] = True
    return pc.replace_with_mask(texts, pa.array(is_replaced), pa.array(others, pa.string()))


def without_personal(value: Any) -> Any:
    """The value without the members, however deep, that are called names or addresses."""
    if isinstance(value, list):
        return [without_personal(item) for item in value]
    if isinstance(value, dict):
        return {
            key: without_personal(item)
            for key, item in value.items()
            if not _PERSONAL_KEY.fullmatch(key)
        }
    return value


def without_addresses(value: Any) -> Any:
    """The text, or the value of texts however deep, without mail addresses."""
    if isinstance(value, str):
        return _MAIL_ADDRESS.sub(HIDDEN, value) if "@" in value else value
    if isinstance(value, list):
        return [without_addresses(item) for item in value]
    if isinstance(value, dict):
        return {without_addresses(key): without_addresses(item) for key, item in value.items()}
    return value


def _token(text: str, tokens: Tokens) -> str:
    token = tokens.column(pa.array([text], pa.string()))[0].as_py()
    return str(UUID(bytes=token)) if token else HIDDEN

"""One line of JSON, read strictly: what parsers disagree about is refused."""

import json
import math
from typing import Any

import orjson

from monstera.loading.lines import BAD_ENCODING

MAX_DEPTH = 32
SMALLEST_INTEGER, LARGEST_INTEGER = -(2**63), 2**64 - 1
LONGEST_INTEGER = len(str(SMALLEST_INTEGER))

MALFORMED_JSON = "malformed_json"
NOT_AN_OBJECT = "not_an_object"


class RefusedJson(ValueError):
    """A line that is not what a row must be; `reason` is the code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def canonical_object(line: str) -> str:
    """The object that a line holds, written in one plain way.

    Raises:
        RefusedJson: `malformed_json` (also: a repeated key, NaN, a number out of range, deeper
            than 32), `bad_encoding` (NUL or half a surrogate pair), `not_an_object`.
    """
    value = parse(line)
    if not isinstance(value, dict):
        raise RefusedJson(NOT_AN_OBJECT)
    return orjson.dumps(value).decode()


def parse(text: str) -> Any:
    """The JSON value of a text, without regard to what it is.

    Raises:
        RefusedJson: `malformed_json` or `bad_encoding`, as of `canonical_object`.
    """
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_constant,
        )
    except (json.JSONDecodeError, RecursionError):
        raise RefusedJson(MALFORMED_JSON) from None
    _check(value, 1)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise RefusedJson(MALFORMED_JSON)
    return value


def _integer(digits: str) -> int:
    if len(digits) <= LONGEST_INTEGER + 1:
        value = int(digits)
        if SMALLEST_INTEGER <= value <= LARGEST_INTEGER:
            return value
    raise RefusedJson(MALFORMED_JSON)


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise RefusedJson(MALFORMED_JSON)
    return value


def _constant(name: str) -> None:
    """NaN, Infinity and -Infinity are not JSON."""
    raise RefusedJson(MALFORMED_JSON)


def _check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH and isinstance(value, dict | list):
        raise RefusedJson(MALFORMED_JSON)
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_text(key)
            _check(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)


def _check_text(text: str) -> None:
    if text.isascii():
        is_sound = "\0" not in text
    else:
        is_sound = "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)
    if not is_sound:
        raise RefusedJson(BAD_ENCODING)

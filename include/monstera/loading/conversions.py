"""Texts into times, days and ids, whole columns at once."""

import hashlib
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from monstera.loading.duck import array, query

MOMENT = pa.timestamp("us", tz="UTC")
ID = pa.binary(16)

_TIMES = r"""
select case
    when regexp_full_match(
        text,
        '\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)'
    )
    and text not like '0001%' and text not like '9999%'  -- whose UTC may be no date of Python's
    then try_cast(text as timestamptz)
end as moment
from given
"""
_DAYS = "select (moment at time zone $zone)::date as day from given"
_DATES = r"""
select case
    when regexp_full_match(text, '\d{4}-\d\d-\d\d') then try_cast(text as date)
end as day
from given
"""
_IDS = r"""
select case
    when regexp_full_match(text, '(?i)[0-9a-f]{32}') then unhex(text)
    when regexp_full_match(
        text, '(?i)(urn:uuid:)?\{?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?'
    )
    then unhex(regexp_replace(text, '(?i)urn:uuid:|[{}-]', '', 'g'))
    else unhex(left(sha256(text), 32))
end as id
from given
"""

_UUID_LENGTH = 36
_UUID_DASHES = [8, 13, 18, 23]
_UUID_DIGITS = [place for place in range(_UUID_LENGTH) if place not in _UUID_DASHES]
_VALUE_OF_DIGIT = np.full(256, 255, np.uint8)
_VALUE_OF_DIGIT[list(b"0123456789abcdef")] = range(16)
_VALUE_OF_DIGIT[list(b"ABCDEF")] = range(10, 16)


def moments(texts: pa.StringArray) -> pa.TimestampArray:
    """Times of ISO 8601 texts with an offset, cut to microseconds; null: not such a text."""
    if texts.null_count == len(texts):
        return pa.nulls(len(texts), MOMENT)
    result = array(query(_TIMES, pa.table({"text": texts}))["moment"]).cast(MOMENT)
    missed = pc.and_(pc.is_valid(texts), pc.is_null(result))
    if not pc.any(missed).as_py():
        return result
    rare = [_rare_moment(text) for text in texts.filter(missed).to_pylist()]
    return pc.replace_with_mask(result, missed, pa.array(rare, MOMENT))


def days(times: pa.TimestampArray, zone: str) -> pa.Date32Array:
    """Dates of the times in a time zone."""
    if zone == "UTC":
        return times.cast(pa.timestamp("us")).cast(pa.date32(), safe=False)
    return array(query(_DAYS, pa.table({"moment": times}), zone=zone)["day"])


def dates(texts: pa.StringArray) -> pa.Date32Array:
    """Dates of texts such as 2026-01-31; null: not such a text."""
    return array(query(_DATES, pa.table({"text": texts}))["day"])


def end_of_day(day: date, zone: str) -> datetime:
    """The last microsecond of a day in a time zone."""
    midnight = datetime.combine(day, datetime.max.time(), ZoneInfo(zone))
    return midnight.astimezone(UTC)


def event_ids(texts: pa.StringArray) -> pa.FixedSizeBinaryArray:
    """Given ids as 16 bytes: the uuid that a text is, else the start of its SHA-256."""
    if texts.null_count == len(texts):
        return pa.nulls(len(texts), ID)
    ids = _plain_ids(texts)
    if ids is not None:
        return ids
    return array(query(_IDS, pa.table({"text": texts}))["id"]).cast(ID)


def _plain_ids(texts: pa.StringArray) -> pa.FixedSizeBinaryArray | None:
    """The ids, where every text is a uuid in its usual form; None: some are not."""
    if texts.null_count or not pc.all(pc.equal(pc.binary_length(texts), _UUID_LENGTH)).as_py():
        return None
    start = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset]
    data = np.frombuffer(texts.buffers()[2], np.uint8)[start : start + _UUID_LENGTH * len(texts)]
    digits = data.reshape(-1, _UUID_LENGTH)
    values = _VALUE_OF_DIGIT[digits[:, _UUID_DIGITS]]
    if (digits[:, _UUID_DASHES] != ord("-")).any() or (values > 15).any():
        return None
    octets = np.ascontiguousarray(values[:, 0::2] << 4 | values[:, 1::2])
    return id_array(octets.view("V16").ravel())


def digests(contents: pa.BinaryArray) -> npt.NDArray[np.void]:
    """SHA-256 of every content, as records of `id` (16 bytes) and `number` (a signed integer)."""
    sha256 = hashlib.sha256
    joined = b"".join([sha256(content).digest() for content in contents.to_pylist()])
    return np.frombuffer(joined, np.dtype([("id", "V16"), ("number", ">i8"), ("rest", "V8")]))


def id_array(ids: npt.NDArray[np.void]) -> pa.FixedSizeBinaryArray:
    """Records of 16 bytes as an array without nulls."""
    data = pa.py_buffer(np.ascontiguousarray(ids))
    return pa.FixedSizeBinaryArray.from_buffers(ID, len(ids), [None, data])


def _rare_moment(text: str) -> datetime | None:
    """What ISO 8601 allows besides: lower case, a decimal comma, no separators, week dates."""
    try:
        moment = datetime.fromisoformat(text.upper())
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None

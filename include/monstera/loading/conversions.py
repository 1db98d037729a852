"""Texts into times, days and ids, whole columns at once."""

import hashlib
import re
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from monstera.loading.duck import array, query
from monstera.loading.flaws import as_mask

MOMENT = pa.timestamp("us", tz="UTC")
ID = pa.binary(16)

_TIMES = r"""
select case
    when regexp_full_match(
        text,
        '\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)'
    )
    and not regexp_matches(text, '^(000[01]|9999)')  -- whose UTC may be no date of Python's
    then try_cast(text as timestamptz)
end as moment
from given
"""
_DAYS = """
select case  -- at the ends of time the zone's date may be none of Python's
    when moment is not null
    then least(greatest((moment at time zone $zone)::date, date '0001-01-01'), date '9999-12-31')
end as day
from given
"""
_DATES = r"""
select case
    when regexp_full_match(text, '\d{4}-\d\d-\d\d') and text >= '0001' then try_cast(text as date)
end as day
from given
"""
_WHOLE_NUMBERS = r"""
select case
    when regexp_full_match(whole, '-?[0-9]{1,19}') and try_cast(whole as bigint) is not null
        then whole
end as number
from (select regexp_replace(text, '\.0+$', '') as whole from given)
"""
_UUID = re.compile(
    r"[0-9a-f]{32}|(?:urn:uuid:)?\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?",
    re.ASCII | re.IGNORECASE,
)

_EARLIEST, _LATEST = -62_103_628_800_000_000, 253_370_764_800_000_000
"""Microseconds of 0002-01-01 and 9999-01-01: within, any offset gives a date of Python's."""

_UUID_LENGTH = 36
_UUID_DASHES = [8, 13, 18, 23]
_UUID_DIGITS = [place for place in range(_UUID_LENGTH) if place not in _UUID_DASHES]
_DIGITS_OF_VALUE = np.frombuffer(b"0123456789abcdef", np.uint8)
_VALUE_OF_DIGIT = np.full(256, 255, np.uint8)
_VALUE_OF_DIGIT[list(b"0123456789abcdef")] = range(16)
_VALUE_OF_DIGIT[list(b"ABCDEF")] = range(10, 16)


def moments(texts: pa.StringArray) -> pa.TimestampArray:
    """Times of ISO 8601 texts with an offset, cut to microseconds; null: not such a text."""
    if texts.null_count == len(texts):
        return pa.nulls(len(texts), MOMENT)
    plain = _plain_moments(texts)
    if plain is not None:
        return plain
    result = array(query(_TIMES, pa.table({"text": texts}))["moment"]).cast(MOMENT)
    missed = pc.and_(pc.is_valid(texts), pc.is_null(result))
    if not pc.any(missed).as_py():
        return result
    rare = [_rare_moment(text) for text in texts.filter(missed).to_pylist()]
    return pc.replace_with_mask(result, missed, pa.array(rare, MOMENT))


def _plain_moments(texts: pa.StringArray) -> pa.TimestampArray | None:
    """The times, where every text is a plain one and far from the ends of time; else None."""
    try:
        times = texts.cast(MOMENT)
    except pa.ArrowInvalid:
        return None
    span = pc.min_max(times.cast(pa.int64())).as_py()
    return times if span["min"] > _EARLIEST and span["max"] < _LATEST else None


def days(times: pa.TimestampArray, zone: str) -> pa.Date32Array:
    """Dates of the times in a time zone."""
    if zone == "UTC":
        return times.cast(pa.timestamp("us")).cast(pa.date32(), safe=False)
    return array(query(_DAYS, pa.table({"moment": times}), zone=zone)["day"])


def dates(texts: pa.StringArray) -> pa.Date32Array:
    """Dates of texts such as 2026-01-31; null: not such a text."""
    try:
        days = texts.cast(pa.date32())
    except pa.ArrowInvalid:
        return array(query(_DATES, pa.table({"text": texts}))["day"])
    is_of_year_0 = pc.less(days, pa.scalar(date.min))
    return pc.if_else(is_of_year_0, pa.scalar(None, pa.date32()), days)


def whole_numbers(texts: pa.StringArray) -> pa.StringArray:
    """The texts that are whole numbers of 64 bits; null: not such a text.

    5.0 is 5: where a column of whole numbers has gaps, many tools write it as one of floats.
    """
    return array(query(_WHOLE_NUMBERS, pa.table({"text": texts}))["number"])


def end_of_day(day: date, zone: str) -> datetime:
    """The last microsecond of a day in a time zone."""
    midnight = datetime.combine(day, datetime.max.time(), ZoneInfo(zone))
    return midnight.astimezone(UTC)


def event_ids(texts: pa.StringArray) -> pa.FixedSizeBinaryArray:
    """Given ids as 16 bytes: the uuid that a text is, else the start of its SHA-256."""
    if texts.null_count == len(texts):
        return pa.nulls(len(texts), ID)
    may_be_plain = as_mask(pc.equal(pc.binary_length(texts), _UUID_LENGTH).fill_null(False))
    plain = plain_ids(texts.filter(pa.array(may_be_plain)))
    if plain is None:
        return _any_ids(texts)
    if may_be_plain.all():
        return plain
    others = _any_ids(texts.filter(pa.array(~may_be_plain)))
    return pa.concat_arrays([plain, others]).take(
        pa.array(np.argsort(np.argsort(~may_be_plain, kind="stable")))
    )


def _any_ids(texts: pa.StringArray) -> pa.FixedSizeBinaryArray:
    return pa.array([None if text is None else _id(text) for text in texts.to_pylist()], ID)


def _id(text: str) -> bytes:
    if _UUID.fullmatch(text):
        return UUID(text).bytes
    return hashlib.sha256(text.encode()).digest()[:16]


def plain_ids(texts: pa.StringArray) -> pa.FixedSizeBinaryArray | None:
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


def uuid_texts(ids: pa.FixedSizeBinaryArray) -> pa.StringArray:
    """Ids of 16 bytes, none of them null, as texts in the usual form of a uuid."""
    data = np.frombuffer(ids.buffers()[1], np.uint8)
    octets = data[ids.offset * 16 : (ids.offset + len(ids)) * 16].reshape(-1, 16)
    texts = np.full((len(ids), _UUID_LENGTH), ord("-"), np.uint8)
    texts[:, _UUID_DIGITS[0::2]] = _DIGITS_OF_VALUE[octets >> 4]
    texts[:, _UUID_DIGITS[1::2]] = _DIGITS_OF_VALUE[octets & 15]
    offsets = np.arange(0, (len(ids) + 1) * _UUID_LENGTH, _UUID_LENGTH, dtype=np.int32)
    return pa.StringArray.from_buffers(len(ids), pa.py_buffer(offsets), pa.py_buffer(texts))


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

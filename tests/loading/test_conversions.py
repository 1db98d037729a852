"""Texts into times and ids, as Python itself would read them."""

import hashlib
from datetime import UTC, date, datetime
from uuid import UUID

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monstera.loading.conversions import dates, days, event_ids, moments, uuid_texts, whole_numbers

UUIDS = st.uuids().flatmap(
    lambda id: st.sampled_from([str(id), str(id).upper(), id.hex, f"{{{id}}}", id.urn])
)


@given(st.lists(st.uuids(), min_size=1, max_size=50))
def test_plain_uuids(ids: list[UUID]) -> None:
    assert event_ids(pa.array(map(str, ids))).to_pylist() == [id.bytes for id in ids]


@given(st.lists(st.one_of(UUIDS, st.text(min_size=1, max_size=40)), min_size=1, max_size=50))
def test_any_ids(texts: list[str]) -> None:
    def expected(text: str) -> bytes:
        try:
            return UUID(text).bytes
        except ValueError:
            return hashlib.sha256(text.encode()).digest()[:16]

    encodable = [text for text in texts if text.encode(errors="ignore").decode() == text]
    stored = event_ids(pa.array(encodable, pa.string())).to_pylist()
    assert stored == [expected(text) for text in encodable]


@given(st.lists(st.uuids(), max_size=50))
def test_uuids_as_texts(ids: list[UUID]) -> None:
    column = pa.array([id.bytes for id in ids], pa.binary(16))
    assert uuid_texts(column).to_pylist() == [str(id) for id in ids]


@given(
    st.lists(
        st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)), min_size=1
    )
)
def test_times_and_their_days(times: list[datetime]) -> None:
    read = moments(pa.array([time.isoformat() for time in times]))
    assert read.to_pylist() == times
    assert days(read, "UTC").to_pylist() == [time.date() for time in times]


@pytest.mark.parametrize("zone", ["UTC", "America/Sao_Paulo", "Pacific/Kiritimati"])
def test_the_ends_of_time_have_a_date_everywhere(zone: str) -> None:
    ends = moments(pa.array(["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]))
    assert days(ends, zone).to_pylist() == [date.min, date.max]


@pytest.mark.parametrize("others", [[], ["none"]])
def test_no_time_and_no_day_lies_in_the_year_0(others: list[str]) -> None:
    """Arrow, DuckDB and PostgreSQL have one; Python has not."""
    times = moments(pa.array(["0000-12-31T23:59:59Z", "0001-01-01T00:00:00Z", *others]))
    assert times.is_valid().to_pylist() == [False, True, *[False for _ in others]]
    read = dates(pa.array(["0000-12-31", "0001-01-01", *others]))
    assert read.to_pylist() == [None, date.min, *[None for _ in others]]


def test_whole_numbers_have_64_bits() -> None:
    right = ["0", "-7", "12345678901", "9223372036854775807", "-9223372036854775808"]
    wrong = ["9223372036854775808", "18446744073709551615", "1.5", "1e3", "", "seven"]
    assert whole_numbers(pa.array([*right, *wrong, None])).to_pylist() == [*right, *[None] * 7]


def test_a_whole_number_may_be_written_as_a_float() -> None:
    assert whole_numbers(pa.array(["500.0", "-0.00", ".0"])).to_pylist() == ["500", "-0", None]

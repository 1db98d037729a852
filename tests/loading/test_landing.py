"""Addresses of landing zones."""

from pathlib import Path

import pytest

from monstera.loading.landing import LandingZone
from monstera.settings import UnusableLandingZone

from .builders import DT


def test_a_folder_with_a_space_is_found_by_path_and_by_uri(tmp_path: Path) -> None:
    root = tmp_path / "a home" / "landing"
    (root / "events" / f"dt={DT}").mkdir(parents=True)
    (root / "events" / f"dt={DT}" / "a.jsonl").touch()
    for address in (str(root), root.as_uri(), f"file://{root}"):
        assert [file.path for file in LandingZone(address).files("events")] == [
            f"events/dt={DT}/a.jsonl"
        ]


def test_an_unknown_protocol_is_said() -> None:
    with pytest.raises(UnusableLandingZone, match="MONSTERA_LANDING_URI: Protocol not known: foo"):
        LandingZone("foo://bucket/landing")


def test_a_folder_that_is_not_there_is_said_and_holds_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert LandingZone(str(tmp_path / "landign")).files("events") == []
    assert [record.getMessage() for record in caplog.records] == [
        f"{tmp_path}/landign: no such folder, so nothing is delivered yet"
    ]

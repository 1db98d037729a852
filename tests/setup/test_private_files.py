"""Files that hold secrets: made once, whoever comes first, and read by their owner alone."""

import stat
from pathlib import Path

from monstera.private_files import made_once


def test_a_secret_is_made_once_and_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "home" / "a.key"
    assert [made_once(file, iter("ab").__next__) for _ in range(2)] == ["a", "a"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert list(file.parent.iterdir()) == [file]


def test_who_comes_second_takes_what_the_first_has_made(tmp_path: Path) -> None:
    """While one makes its secret, another has made one and uses it already."""
    file = tmp_path / "a.key"

    def overtaken() -> str:
        assert made_once(file, lambda: "first") == "first"
        return "second"

    assert made_once(file, overtaken) == "first"
    assert file.read_text() == "first"

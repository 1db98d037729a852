"""The load benchmark, small and for real."""

from pathlib import Path

from monstera.bench import loads
from monstera.bench.arena import open_arena
from monstera.bench.measure import Size


def test_load_beside_a_copy_of_the_same_rows(tmp_path: Path) -> None:
    with open_arena(tmp_path / "bench") as arena:
        first, again, known, daily, memory = loads.measure(
            arena, Size(100, 8, 1, 1), lambda _: None
        )
    assert first.yardstick_name == "binary COPY of the same rows"
    assert "events" in first.note
    assert again.median < known.median
    assert "a file a feed and day" in daily.what
    assert daily.yardstick_name == "the same rows in 3 files"
    assert 10 < memory.median < 2000

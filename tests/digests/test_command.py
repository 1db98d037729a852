"""`monstera digest …`, as it is typed."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from monstera.warehouse import Warehouse

from .conftest import SUNDAY, publish


def test_a_digest_is_written_as_a_page_and_as_text(
    monstera: Callable[..., CompletedProcess[str]],
    filled: Warehouse,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MONSTERA_WAREHOUSE_URL", filled.url)
    run = partial(monstera, "digest")
    unpublished = run("daily")
    assert unpublished.returncode == 1 and "Nothing is published yet" in unpublished.stderr
    publish(filled, SUNDAY)
    page = tmp_path / "weekly.html"
    assert run("weekly", "--date", "2026-02-01", "--output", str(page)).returncode == 0
    html = page.read_text()
    assert "Week of 26 January 2026" in html
    assert html.count("data:image/png;base64,") == 2  # a chart on light and on dark
    assert "Users Active Daily:" in run("daily", "--date", "2026-02-01").stdout
    too_late = run("daily", "--date", "2026-02-02")
    assert too_late.returncode == 2 and "2026-02-02 is after" in too_late.stderr
    nowhere = run("daily", "--output", str(tmp_path / "nowhere" / "daily.html"))
    assert nowhere.returncode == 2 and "Invalid value for --output" in nowhere.stderr

"""`monstera digest …` from outside."""

import os
import subprocess
import sys
from pathlib import Path

from monstera.warehouse import Warehouse

from .test_digests import filled, shipped

__all__ = ["filled", "shipped"]


def test_a_digest_is_written_as_a_page_and_as_text(filled: Warehouse, tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from monstera.cli import main; main()", "digest", *arguments],
            env={**os.environ, "MONSTERA_WAREHOUSE_URL": filled.url},
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    unpublished = run("daily")
    assert unpublished.returncode == 1 and "Nothing is published yet" in unpublished.stderr
    page = tmp_path / "weekly.html"
    assert run("weekly", "--date", "2026-02-01", "--output", str(page)).returncode == 0
    html = page.read_text()
    assert "Week of 26 January 2026" in html
    assert html.count("data:image/png;base64,") == 2 * 2  # two charts, on light and on dark
    assert "Users Active Daily:" in run("daily", "--date", "2026-02-01").stdout

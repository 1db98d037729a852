"""Runbooks: the SQL in them runs, and the links lead somewhere."""

import re
from pathlib import Path

import pytest

from monstera.settings import PROJECT
from monstera.warehouse import Warehouse

RUNBOOKS = sorted((PROJECT / "docs" / "runbooks").glob("*.md"))
SQL = re.compile(r"```sql\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)\)")


def test_there_are_runbooks() -> None:
    assert len(RUNBOOKS) >= 7


@pytest.mark.parametrize("runbook", RUNBOOKS, ids=lambda path: path.stem)
def test_every_query_runs_and_every_link_leads_somewhere(
    runbook: Path, warehouse: Warehouse
) -> None:
    text = runbook.read_text()
    queries = SQL.findall(text)
    assert queries
    with warehouse.connect() as connection:
        for query in queries:
            connection.execute(query)
    for link in LINK.findall(text):
        assert (runbook.parent / link).is_file(), link
    for heading in ("**What it means.**", "**What they mean.**"):
        if heading in text:
            break
    else:
        pytest.fail("it does not say what the alert means")
    assert "## First look" in text
    assert "**Whom to call.**" in text

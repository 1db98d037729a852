"""Runbooks: the SQL in them runs, and the links lead somewhere."""

import re
from pathlib import Path

import pytest

from monstera.settings import PROJECT
from monstera.warehouse import Warehouse
from monstera.warehouse.server import EmbeddedServer

RUNBOOKS = sorted((PROJECT / "docs" / "runbooks").glob("*.md"))
SQL = re.compile(r"```sql\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)\)")


@pytest.fixture(scope="module")
def readable(server: EmbeddedServer, template: str) -> Warehouse:
    """An empty warehouse that queries leave as it is."""
    server.create_database("runbooks", template=template)
    return Warehouse(server.url("runbooks"))


def test_there_are_runbooks() -> None:
    assert len(RUNBOOKS) >= 7


@pytest.mark.parametrize("runbook", RUNBOOKS, ids=lambda path: path.stem)
def test_every_query_runs_and_every_link_leads_somewhere(
    runbook: Path, readable: Warehouse
) -> None:
    text = runbook.read_text()
    queries = SQL.findall(text)
    assert queries
    with readable.connect() as connection:
        for query in queries:
            connection.execute(query)
        connection.rollback()
    for query in queries:
        if re.search("from (gold.metric_values|ops.metric_restatements)", query):
            assert "segment_key" in query, "it mixes the total with its segments"
    for link in LINK.findall(text):
        assert (runbook.parent / link).is_file(), link
    for heading in ("**What it means.**", "**What they mean.**"):
        if heading in text:
            break
    else:
        pytest.fail("it does not say what the alert means")
    assert "## First look" in text
    assert "**Whom to call.**" in text

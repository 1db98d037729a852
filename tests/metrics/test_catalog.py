"""The catalog: complete, in the documentation, and as a page that shows text as text."""

import json
from html.parser import HTMLParser
from pathlib import Path

from typer.testing import CliRunner

from monstera.cli import app
from monstera.definitions import Definitions
from monstera.metrics import catalog
from monstera.settings import PROJECT


def test_the_documentation_is_fresh(shipped: Definitions) -> None:
    text = (PROJECT / "docs" / "metrics.md").read_text()
    assert text == catalog.as_markdown(shipped), (
        "docs/metrics.md is out of date: run"
        " monstera catalog export --format markdown --output docs/metrics.md"
    )


def test_the_page_has_every_metric_and_escapes_its_text(shipped: Definitions) -> None:
    metric = shipped.metrics["users_active_daily"]
    odd = metric.model_copy(update={"description": "<script>alert(1)</script> & more"})
    page = catalog.as_html(
        shipped.model_copy(update={"metrics": {**shipped.metrics, metric.id: odd}})
    )
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in page
    found: list[str] = []

    class Ids(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.extend(str(value) for key, value in attrs if tag == "details" and key == "id")

    Ids().feed(page)
    assert sorted(found) == sorted(shipped.metrics)


def test_data_says_everything_that_is_declared(shipped: Definitions) -> None:
    records = {record["id"]: record for record in json.loads(catalog.as_json(shipped))}
    assert records.keys() == shipped.metrics.keys()
    churn = records["users_churn_rate_weekly"]
    assert churn["formula"]["denominator_at"] == "start"
    assert churn["owners"]["backup"]
    assert churn["formula_text"] == (
        "`users_churned_weekly` / `users_at_risk_of_churn_daily` at the start"
    )


def test_commands(tmp_path: Path) -> None:
    runner = CliRunner()
    listed = json.loads(runner.invoke(app, ["catalog", "list", "--json"]).output)
    assert {"metric_id", "kind", "grain", "owner"} <= listed[0].keys()
    shown = runner.invoke(app, ["catalog", "show", listed[0]["metric_id"], "--json"])
    assert json.loads(shown.output)["id"] == listed[0]["metric_id"]
    assert runner.invoke(app, ["catalog", "show", "nothing"]).exit_code == 2
    page = tmp_path / "catalog.html"
    assert runner.invoke(app, ["catalog", "export", "--output", str(page)]).exit_code == 0
    assert page.read_text().startswith("<!doctype html>")

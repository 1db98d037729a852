"""22 years of a real event log: every row is accounted for."""

import csv
from datetime import date
from pathlib import Path

from monstera.definitions import compile_definitions

from .builders import Landing, definitions


def test_a_real_log_is_loaded_to_the_row(landing: Landing, shared: Path, tmp_path: Path) -> None:
    source = shared / "data" / "rails"
    with (source / "products.csv").open() as file:
        products = [row["product_id"] for row in csv.DictReader(file)]
    with (source / "event_types.csv").open() as file:
        types = list(csv.DictReader(file))
    landing.definitions = definitions(
        tmp_path / "rails",
        products="".join(
            f"- {{id: {id}, name: {id.replace('_', ' ').title()}}}\n" for id in products
        ),
        events="".join(
            f"- {{event_type: {row['event_type']}, is_qualifying: {row['is_qualifying']}}}\n"
            for row in types
        ),
    )
    with landing.warehouse.transaction() as connection:
        compile_definitions(connection, landing.definitions)
    uri = (source / "landing").as_uri()
    first = landing.load(landing_uri=uri, until_dt=date(2026, 1, 1))
    assert len(first.files) == 3
    report = landing.load(landing_uri=uri)
    assert len(first.files) + len(report.files) == 368
    totals = landing.rows(
        "select sum(rows_read), sum(accepted), sum(duplicate), sum(quarantined)"
        " from ops.load_manifest where feed = 'events'"
    )
    assert totals == [(128_094, 127_946, 0, 148)]
    reasons = dict(
        landing.rows(
            "select reason, count(*) from bronze.event_quarantine, unnest(reasons) as reason"
            " where reason <> 'before_signup' group by reason"
        )
    )
    assert reasons == {"too_old": 132, "in_future": 16}
    assert landing.load(landing_uri=uri).files == []

"""Published weeks to write digests about."""

from datetime import date, timedelta

import pytest

from monstera.definitions import Definitions, compile_definitions
from monstera.warehouse import Warehouse

SUNDAY = date(2026, 2, 1)
WEEK = timedelta(days=7)
DAU = "users_active_daily"
CHURN = "users_churn_rate_weekly"


@pytest.fixture
def filled(warehouse: Warehouse, shipped: Definitions) -> Warehouse:
    """Nine weeks of 1,000 users a day, then 800 on the last day; churn from 2 % to 3 %."""
    with warehouse.connect() as connection:
        compile_definitions(connection, shipped)
        for number in range(63):
            day = SUNDAY - timedelta(days=number)
            put(connection, DAU, day, 800 if number == 0 else 1000)
        for weeks, rate in enumerate((0.03, 0.02, 0.02)):
            put(connection, CHURN, SUNDAY - timedelta(days=6) - weeks * WEEK, rate, "week")
    return warehouse


def put(connection, metric: str, day: date, value: float, grain: str = "day") -> None:
    connection.execute(
        "insert into gold.metric_values (metric_id, date, grain, value, definition_version)"
        " values (%s, %s, %s, %s, 1)", [metric, day, grain, value],
    )  # fmt: skip


def publish(warehouse: Warehouse, day: date) -> None:
    """Lets readers see a day."""
    with warehouse.connect() as connection:
        connection.execute(
            "with p as (insert into ops.publications (as_of, definition_version, gear, reason,"
            " started_at, users_touched, transitions_written, values_restated)"
            " values (%(day)s, 1, 'day', 'test', now(), 0, 0, 0) returning publication_id)"
            " insert into ops.current_publication (as_of, definition_version, publication_id)"
            " select %(day)s, 1, publication_id from p", {"day": day},
        )  # fmt: skip

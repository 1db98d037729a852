"""A warehouse with alert rules, and a short way to give it metric values."""

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from monstera.alerts import Report, evaluate
from monstera.definitions import Definitions, compile_definitions, load_definitions
from monstera.settings import PROJECT
from monstera.warehouse import Warehouse

SHIPPED = PROJECT / "include" / "definitions"
MONDAY = date(2026, 1, 5)
BY_MAIL = "channels: {P0: [mail], P1: [mail], P2: [mail]}\n"


@pytest.fixture(scope="session")
def shipped() -> Definitions:
    """The definitions that ship."""
    return load_definitions(SHIPPED)


@pytest.fixture
def define(tmp_path: Path) -> Callable[..., Definitions]:
    """Definitions with the shipped metrics and one file of alert rules."""

    def define(rules: str, routing: str = "") -> Definitions:
        folder = tmp_path / "definitions"
        (folder / "alerts").mkdir(parents=True, exist_ok=True)
        (folder / "lifecycle.yaml").write_text("business_time_zone: UTC\n")
        (folder / "alerts" / "rules.yaml").write_text(rules)
        for what in ("metrics", "feeds"):
            shutil.copytree(SHIPPED / what, folder / what, dirs_exist_ok=True)
        by_mail = "" if "channels:" in routing else BY_MAIL
        (folder / "routing.yaml").write_text(by_mail + routing)
        return load_definitions(folder)

    return define


@pytest.fixture(scope="session")
def compliance() -> str:
    """One rule: compliance below 95 %."""
    return """
- id: compliance_low
  priority: P1
  metric: events_compliance_daily
  condition: {kind: threshold, op: "<", value: 0.95, unit: absolute}
  owner: data
  runbook: docs/runbooks/compliance.md
  tests:
    - {values: [0.9], states: [firing]}
    - {values: [1], states: [inactive]}
"""


class Days:
    """A warehouse whose days are published one after the other."""

    def __init__(self, warehouse: Warehouse, definitions: Definitions):
        self.warehouse = warehouse
        self.use(definitions)

    def use(self, definitions: Definitions) -> None:
        """Other definitions, in force from now on."""
        self.definitions = definitions
        with self.warehouse.connect() as connection:
            compile_definitions(connection, definitions)

    def value(self, metric: str, day: date, value: float | None, **options: object) -> None:
        """Gives a metric a value."""
        with self.warehouse.connect() as connection:
            connection.execute(
                "insert into gold.metric_values (metric_id, date, grain, segment_key,"
                " segment_value, value, denominator, definition_version)"
                " values (%s, %s, %s, %s, %s, %s, %s, 1)",
                [metric, day, options.get("grain", "day"), options.get("key", "all"),
                 options.get("segment", "all"), value, options.get("denominator")],
            )  # fmt: skip

    def publish(self, as_of: date, published_at: datetime | None = None) -> None:
        """Lets readers see a day."""
        with self.warehouse.connect() as connection:
            connection.execute(
                "with p as (insert into ops.publications (as_of, definition_version, gear, reason,"
                " started_at, published_at, users_touched, transitions_written, values_restated)"
                " values (%(as_of)s, 1, 'day', 'test', now(), %(at)s, 0, 0, 0)"
                " returning publication_id)"
                " insert into ops.current_publication (as_of, definition_version, publication_id)"
                " select %(as_of)s, 1, publication_id from p on conflict (one_row) do update"
                " set as_of = excluded.as_of, publication_id = excluded.publication_id",
                {"as_of": as_of, "at": published_at or morning_after(as_of)},
            )

    def evaluate(self, day: date, *, notify: bool = True, now: datetime | None = None) -> Report:
        """Evaluates a day on the morning after."""
        return evaluate(
            self.warehouse, self.definitions, day, now or morning_after(day), notify=notify
        )

    def run(self, day: date, value: float, *, notify: bool = True) -> Report:
        """Publishes a day with a compliance, and evaluates it."""
        self.value("events_compliance_daily", day, value)
        self.publish(day)
        return self.evaluate(day, notify=notify)

    def fetch(self, query: str, *parameters: object) -> list[tuple]:
        """Rows of a query."""
        with self.warehouse.connect() as connection:
            return connection.execute(query, parameters).fetchall()

    def outbox(self) -> list[tuple]:
        """Kind and sequence of everything in the outbox, in the order it was written."""
        return self.fetch("select kind, sequence from ops.notification_outbox order by outbox_id")

    def state(self) -> str:
        """The state of the only thing that is evaluated."""
        ((state,),) = self.fetch("select state from ops.alert_states")
        return state

    def mark_sent(self) -> None:
        """Everything has left."""
        with self.warehouse.connect() as connection:
            connection.execute(
                "update ops.notification_outbox set sent_at = now() where cancelled_at is null"
            )


def morning_after(day: date) -> datetime:
    """When a day is evaluated."""
    return datetime(day.year, day.month, day.day, 1, tzinfo=UTC) + timedelta(days=1)


@pytest.fixture
def days(warehouse: Warehouse, define: Callable[..., Definitions], compliance: str) -> Days:
    """Days with one rule: compliance below 95 %."""
    return Days(warehouse, define(compliance))

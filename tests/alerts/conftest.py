"""A warehouse with alert rules, and a short way to give it metric values."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from monstera.alerts import Report, evaluate
from monstera.definitions import Definitions, compile_definitions, load_definitions
from monstera.settings import PROJECT
from monstera.warehouse import Warehouse

SHIPPED = PROJECT / "include" / "definitions"
MONDAY = date(2026, 1, 5)
BY_MAIL = "channels: {P0: [mail], P1: [mail], P2: [mail]}\n"

LATE = """
- id: late
  priority: P1
  condition: {kind: freshness, feed: events, op: ">", value: 2, unit: hours}
  owner: data
  runbook: docs/runbooks/freshness.md
  tests: [{values: [3], states: [firing]}, {values: [1], states: [inactive]}]
"""
STALLED = """
- id: stalled
  priority: P0
  condition: {kind: pipeline, op: ">", value: 48, unit: hours}
  owner: data
  runbook: docs/runbooks/pipeline.md
  tests: [{values: [49], states: [firing]}, {values: [48], states: [inactive]}]
"""
REFUSED = """
- id: refused
  priority: P1
  condition: {kind: delivery, op: ">", value: 15, unit: minutes}
  owner: ops
  runbook: docs/runbooks/delivery.md
  tests: [{values: [16], states: [firing]}, {values: [15], states: [inactive]}]
"""


@pytest.fixture
def define(tmp_path: Path) -> Callable[..., Definitions]:
    """Definitions with the shipped metrics and one file of alert rules."""

    return partial(written, tmp_path / "definitions")


def written(folder: Path, rules: str, routing: str = "") -> Definitions:
    """The definitions of a folder once these rules are in it."""
    (folder / "alerts").mkdir(parents=True, exist_ok=True)
    (folder / "lifecycle.yaml").write_text("business_time_zone: UTC\n")
    (folder / "alerts" / "rules.yaml").write_text(rules)
    for what in ("metrics", "feeds"):
        shutil.copytree(SHIPPED / what, folder / what, dirs_exist_ok=True)
    by_mail = "" if "channels:" in routing else BY_MAIL
    (folder / "routing.yaml").write_text(by_mail + routing)
    return load_definitions(folder)


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

    def __init__(
        self, warehouse: Warehouse, definitions: Definitions, *, in_force: bool = False
    ) -> None:
        self.warehouse = warehouse
        self.definitions = definitions
        if not in_force:
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

    def deliver(self, day: date, at: datetime | None = None, feed: str = "events") -> None:
        """Lets the delivery of a day arrive."""
        with self.warehouse.connect() as connection:
            connection.execute(
                "insert into ops.load_manifest (feed, path, dt, status, rows_read, accepted,"
                " finished_at) values (%s, %s, %s, 'loaded', 5, 5, %s)",
                [feed, str(day), day, at],
            )

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


def watch(warehouse: Warehouse, definitions: Definitions, now: datetime) -> Report:
    """A look at the clock, before anything is published."""
    return evaluate(warehouse, definitions, None, now, notify=True)


def morning_after(day: date) -> datetime:
    """When a day is evaluated."""
    return datetime(day.year, day.month, day.day, 1, tzinfo=UTC) + timedelta(days=1)


@pytest.fixture(scope="session")
def watched(
    new_warehouse: Callable[..., Warehouse],
    compliance: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """Name of a database in which one rule is in force: compliance below 95 %."""
    warehouse = new_warehouse()
    Days(warehouse, written(tmp_path_factory.mktemp("watched"), compliance))
    return str(make_url(warehouse.url).database)


@pytest.fixture
def days(
    new_warehouse: Callable[..., Warehouse],
    drop: Callable[[Warehouse], None],
    watched: str,
    define: Callable[..., Definitions],
    compliance: str,
) -> Iterator[Days]:
    """Days with that rule."""
    warehouse = new_warehouse(watched)
    yield Days(warehouse, define(compliance), in_force=True)
    drop(warehouse)

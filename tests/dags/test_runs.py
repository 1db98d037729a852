"""The DAGs, run for real: Airflow's tasks, a PostgreSQL warehouse, files in a landing zone."""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from psycopg import sql

from monstera import audit
from monstera.definitions import compile_definitions, load_definitions
from monstera.generate import generate
from monstera.publishing import published_as_of
from monstera.settings import Settings
from monstera.warehouse import Warehouse
from notify.conftest import Inbox
from notify.hooks import hooks

SUCCESS = "success"
FIRST = date(2025, 3, 1)
DAYS = 12
LAST = FIRST + timedelta(days=DAYS - 1)
SUNDAY = datetime(2025, 6, 1, tzinfo=UTC)
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
RunDag = Callable[..., Any]


@pytest.fixture
def defined(configured: Settings, warehouse: Warehouse) -> Warehouse:
    """A warehouse in which the shipped definitions are in force."""
    with warehouse.transaction() as connection:
        compile_definitions(connection, load_definitions(configured.definitions))
    return warehouse


@pytest.fixture
def company(configured: Settings, defined: Warehouse) -> Warehouse:
    """The same, with the files of a small company delivered and not yet loaded."""
    generate(
        configured.home_path,
        definitions=load_definitions(configured.definitions),
        users=40,
        days=DAYS,
        start=FIRST,
        seed=3,
    )
    return defined


@pytest.fixture
def broken_definitions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of definitions that do not hold, in the place of the shipped ones."""
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "lifecycle.yaml").write_text("new_days: many\n")
    monkeypatch.setenv("MONSTERA_DEFINITIONS", str(tmp_path / "broken"))


def test_a_day_is_loaded_and_published_and_announced(run_dag: RunDag, company: Warehouse) -> None:
    run = run_dag("build_snapshots", {"as_of": "2025-03-10"})
    assert run.state == SUCCESS
    assert run.tasks == dict.fromkeys(
        ["choose_day", "load.definitions", "load.files", "publish", "compare_retention"], SUCCESS
    )
    assert published_as_of(company) == date(2025, 3, 10)
    assert _one(company, "select count(*) from silver.user_states") > 0
    assert _one(company, "select max(dt) from ops.load_manifest") == date(2025, 3, 10)
    assert _announced()["as_of"] == "2025-03-10"


def test_running_a_day_again_or_an_earlier_one_changes_nothing(
    run_dag: RunDag, company: Warehouse
) -> None:
    run_dag("build_snapshots", {"as_of": "2025-03-08"})
    run_dag("build_snapshots", {"as_of": LAST.isoformat()})
    published = _checksums(company)
    assert len(published) > 5

    for again in (LAST, date(2025, 3, 8)):
        run = run_dag("build_snapshots", {"as_of": again.isoformat()})
        assert run.state == SUCCESS
        assert published_as_of(company) == LAST
        assert _checksums(company) == published


def test_a_rebuild_equals_the_daily_runs_and_wants_a_reason(
    run_dag: RunDag, company: Warehouse
) -> None:
    from airflow.sdk.exceptions import ParamValidationError

    run_dag("build_snapshots", {"as_of": "2025-03-06"})
    run_dag("build_snapshots", {"as_of": LAST.isoformat()})
    published = _checksums(company)

    with pytest.raises(ParamValidationError, match="reason"):
        run_dag("rebuild_history")
    run = run_dag("rebuild_history", {"reason": "a test of the rebuild"})
    assert run.state == SUCCESS
    assert _checksums(company) == published
    latest = "select gear, reason from ops.publications order by publication_id desc limit 1"
    assert _row(company, latest) == ("rebuild", "a test of the rebuild")

    days = {"start": "2025-03-04", "end": "2025-03-05"}
    run = run_dag("rebuild_history", {"reason": "a test of a part", **days})
    assert run.state == SUCCESS
    assert _checksums(company) == published
    assert _row(company, latest) == ("day", "a test of a part")

    run = run_dag("rebuild_history", {"reason": "a part without an end", "start": "2025-03-04"})
    assert run.tasks["rebuild"] == "failed", "a part that is none is not tried again"


def test_loading_publishes_nothing_and_stops_at_the_day_asked_for(
    run_dag: RunDag, company: Warehouse, configured: Settings
) -> None:
    run = run_dag("load_events", {"until_dt": "2025-03-04", "feeds": ["users"]})
    assert run.state == SUCCESS
    feeds = "select array_agg(distinct feed), max(dt) from ops.load_manifest"
    assert _row(company, feeds) == (["users"], date(2025, 3, 4))
    run_dag("load_events")
    files = (configured.home_path / "landing").glob("*/*/*.gz")
    delivered = sorted({file.parts[-3] for file in files})
    assert _row(company, feeds) == (delivered, LAST)
    assert published_as_of(company) is None


def test_what_tasks_hand_on_holds_no_id(run_dag: RunDag, company: Warehouse) -> None:
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    runs = [run_dag("load_events").run_id, run_dag("build_snapshots").run_id]
    with create_session() as session:
        values = session.scalars(
            select(XComModel.value).where(
                XComModel.run_id.in_(runs), XComModel.key == "return_value"
            )
        ).all()
    assert len(values) >= 5
    assert not [value for value in values if UUID.search(str(value))]


def test_a_failure_opens_an_incident_that_the_next_success_ends(
    run_dag: RunDag,
    company: Warehouse,
    broken_definitions: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = run_dag("build_snapshots", {"as_of": "2025-03-10"})
    assert run.state == "failed"
    assert run.tasks["load.definitions"] == "failed", "wrong definitions are not tried again"
    incident = "select segment, resolved_at is null from ops.alert_incidents where rule_id = %s"
    failed = {"dag": "build_snapshots", "task": "load.definitions"}
    assert _row(company, incident, "pipeline_failed") == (failed, True)
    fires = "select count(*) from ops.notification_outbox where kind = 'fire' and channel = 'mail'"
    assert _one(company, fires) == 1

    monkeypatch.delenv("MONSTERA_DEFINITIONS")
    assert run_dag("build_snapshots", {"as_of": "2025-03-10"}).state == SUCCESS
    assert _row(company, incident, "pipeline_failed") == (failed, False)


def test_a_run_that_misses_its_deadline_opens_an_incident(
    airflow: None, defined: Warehouse, configured: Settings
) -> None:
    from monstera.orchestration.callbacks import record_late_run

    run = {
        "dag_id": "build_snapshots",
        "dag_run_id": "scheduled__2025-03-10",
        "logical_date": "2025-03-10T00:00:00Z",
    }
    record_late_run({"dag_run": run, "deadline": {}}, task_id="publish")
    assert _row(defined, "select rule_id, segment ->> 'task' from ops.alert_incidents") == (
        "pipeline_failed",
        "publish",
    )


def test_mails_go_to_a_folder_where_no_server_is_known(
    run_dag: RunDag, defined: Warehouse, configured: Settings
) -> None:
    _fail_once()
    run = run_dag("evaluate_alerts", logical_date=_soon())
    assert run.tasks == {"evaluate": SUCCESS, "digests": SUCCESS, "send": SUCCESS}
    mails = list((configured.home_path / "mails").glob("*.eml"))
    subjects = [message_from_bytes(mail.read_bytes(), policy=policy.default)["Subject"]
                for mail in mails]  # fmt: skip
    assert any(subject.startswith("[P0] ") for subject in subjects)


def test_mails_go_through_the_connection_smtp_default(
    run_dag: RunDag,
    defined: Warehouse,
    configured: Settings,
    monkeypatch: pytest.MonkeyPatch,
    free_tcp_port: int,
) -> None:
    inbox = Inbox()
    server = Controller(inbox, hostname="127.0.0.1", port=free_tcp_port)
    server.start()
    try:
        address = f"smtp://127.0.0.1:{free_tcp_port}?disable_ssl=true&disable_tls=true"
        monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", address)
        _fail_once()
        assert run_dag("evaluate_alerts", logical_date=_soon()).state == SUCCESS
    finally:
        server.stop()
    assert [mail for mail in inbox.mails if mail["Subject"].startswith("[P0] ")]
    assert not (configured.home_path / "mails").exists()


def test_slack_and_pagerduty_are_reached_by_their_connections(
    run_dag: RunDag, defined: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hooks("slack") as slack, hooks("pagerduty") as pagerduty:
        monkeypatch.setenv("AIRFLOW_CONN_SLACK_DEFAULT", json.dumps({"password": slack.url}))
        monkeypatch.setenv(
            "AIRFLOW_CONN_PAGERDUTY_DEFAULT",
            json.dumps({"host": f"http://127.0.0.1:{pagerduty.port}", "password": "k" * 32}),
        )
        _fail_once()
        assert run_dag("evaluate_alerts", logical_date=_soon()).state == SUCCESS
    assert "[P0] Pipeline" in json.dumps(slack.taken[0].body)
    assert pagerduty.taken[0].body["payload"]["severity"] == "critical"
    shown = "select count(*) from ops.in_app_messages where priority = 'P0'"
    assert _one(defined, shown) >= 1


def test_a_rule_that_cannot_be_judged_fails_the_run_and_holds_nothing_up(
    run_dag: RunDag, company: Warehouse, configured: Settings
) -> None:
    run_dag("build_snapshots", {"as_of": LAST.isoformat()})
    with company.connect() as connection:
        connection.execute(
            "update gold.metric_values set value = 'NaN' where metric_id = 'events_volume_daily'"
        )
    run = run_dag("evaluate_alerts", logical_date=_soon())
    assert (run.state, run.tasks) == (
        "failed",
        {"evaluate": "failed", "digests": SUCCESS, "send": SUCCESS},
    )
    judged = (
        "select count(*) from ops.alert_evaluations where outcome = %s and rule_id {} 'events%%'"
    )
    assert _one(company, judged.format("like"), "error") > 0
    assert _one(company, judged.format("not like"), "clear") > 0
    told = "select count(*) from ops.alert_incidents where segment ->> 'dag' = 'evaluate_alerts'"
    assert _one(company, told) == 1


def test_broken_definitions_fail_the_evaluation_and_are_told_all_the_same(
    run_dag: RunDag, defined: Warehouse, configured: Settings, broken_definitions: None
) -> None:
    run = run_dag("evaluate_alerts", logical_date=_soon())
    assert run.state == "failed"
    assert run.tasks == {"evaluate": "failed", "digests": SUCCESS, "send": SUCCESS}
    assert len(list((configured.home_path / "mails").glob("P0-*.eml"))) == 1


@pytest.mark.parametrize("published", [False, True])
def test_alerts_are_judged_before_and_after_something_is_published(
    run_dag: RunDag, company: Warehouse, published: bool
) -> None:
    if published:
        run_dag("build_snapshots", {"as_of": LAST.isoformat()})
    run = run_dag("evaluate_alerts", logical_date=_soon())
    assert run.state == SUCCESS
    assert run.tasks == {"evaluate": SUCCESS, "digests": SUCCESS, "send": SUCCESS}


def test_maintenance_makes_the_partitions_of_the_months_to_come(
    run_dag: RunDag, defined: Warehouse
) -> None:
    run = run_dag("maintain_warehouse")
    assert run.state == SUCCESS
    assert set(run.tasks.values()) == {SUCCESS}
    today = datetime.now(UTC).date()
    partitions = (
        "select count(*) from pg_inherits where inhparent = 'bronze.events'::regclass"
        " and inhrelid::regclass::text >= %s"
    )
    assert _one(defined, partitions, f"bronze.events_{today:%Y_%m}") == 4


def test_whole_tables_are_checked_on_sundays(run_dag: RunDag, defined: Warehouse) -> None:
    run_dag("build_snapshots", {"as_of": LAST.isoformat()})
    count = "select count(*) from ops.check_results where check_name = 'unique_events_unique'"
    before = _one(defined, count)
    run_dag("maintain_warehouse", logical_date=SUNDAY + timedelta(days=1))
    assert _one(defined, count) == before
    run_dag("maintain_warehouse", logical_date=SUNDAY)
    assert _one(defined, count) == before + 1


def test_a_changed_audit_log_fails_the_maintenance_and_is_told(
    run_dag: RunDag, defined: Warehouse
) -> None:
    """Two entries and their head are known to Airflow when the second one is cut off."""
    with defined.connect() as connection:
        for number in (1, 2):
            audit.append(connection, "alerts.silence", subject=number)
    assert run_dag("maintain_warehouse").tasks["verify_audit_log"] == SUCCESS
    with defined.connect() as connection:
        connection.execute("alter table ops.audit_log disable trigger only_added_to")
        connection.execute(
            "delete from ops.audit_log where entry_id = (select max(entry_id) from ops.audit_log)"
        )
        connection.execute(
            "update ops.audit_head set (entry_id, hash) = (select entry_id, hash"
            " from ops.audit_log order by entry_id desc limit 1)"
        )
    assert run_dag("maintain_warehouse").tasks["verify_audit_log"] == "failed"
    opened = "select priority, segment ->> 'task' from ops.alert_incidents"
    assert _row(defined, opened) == ("P0", "verify_audit_log")


def _fail_once() -> None:
    from monstera.orchestration.callbacks import record_late_run

    run = {"dag_id": "load_events", "dag_run_id": "scheduled__1", "logical_date": None}
    record_late_run({"dag_run": run, "deadline": {}}, task_id="publish")


def _soon() -> datetime:
    """Incidents are dated by the clock, so the sender's moment must not lie before."""
    return datetime.now(UTC) + timedelta(minutes=1)


def _announced() -> dict[str, Any]:
    from airflow.models.asset import AssetEvent
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        latest = select(AssetEvent.extra).order_by(AssetEvent.id.desc()).limit(1)
        announced: dict[str, Any] = session.scalars(latest).one()
    return announced


def _checksums(warehouse: Warehouse) -> dict[str, str]:
    """An md5 of each table of silver, its rows in order; of views, what a reader sees."""
    with warehouse.connect() as connection:
        tables = connection.execute(
            "select relname from pg_class where relnamespace = 'silver'::regnamespace"
            " and relkind in ('p', 'v') order by relname"
        ).fetchall()
        return {
            table: connection.execute(
                sql.SQL(
                    "select coalesce(md5(string_agg(line, '' order by line)), '')"
                    " from (select (to_jsonb(t) - '{{state_updated_at,updated_at,"
                    "portfolio_updated_at,segment_updated_at,created_at}}'::text[])::text as line"
                    " from {} as t)"
                ).format(sql.Identifier("silver", table))
            ).fetchall()[0][0]
            for (table,) in tables
        }


def _row(warehouse: Warehouse, query: str, *values: Any) -> tuple[Any, ...]:
    with warehouse.connect() as connection:
        return connection.execute(query.encode(), values or None).fetchall()[0]


def _one(warehouse: Warehouse, query: str, *values: Any) -> Any:
    return _row(warehouse, query, *values)[0]

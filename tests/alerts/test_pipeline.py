"""Failed runs: told once, over when a run succeeds, whatever the definition files look like."""

from datetime import UTC, datetime, timedelta

import pytest

from monstera.alerts import record_failure, record_success
from monstera.definitions import Definitions, compile_definitions
from monstera.warehouse import Warehouse

NOW = datetime(2026, 1, 12, 1, tzinfo=UTC)
RUN = {"dag_id": "build_snapshots", "run_id": "scheduled_1", "logical_date": NOW}


@pytest.fixture
def alerted(warehouse: Warehouse, shipped: Definitions) -> Warehouse:
    with warehouse.connect() as connection:
        compile_definitions(connection, shipped)
    return warehouse


def fetch(warehouse: Warehouse, query: str) -> list[tuple]:
    with warehouse.connect() as connection:
        connection.execute(
            "create or replace temporary view mails as"
            " select * from ops.notification_outbox where channel = 'mail'"
        )
        return connection.execute(query).fetchall()


def test_a_failure_is_an_incident_and_a_message_at_once(alerted: Warehouse) -> None:
    fired = record_failure(alerted, **RUN, task_id="publish", now=NOW)
    assert fired == ['pipeline_failed{"dag":"build_snapshots","task":"publish"}']
    ((priority, receiver, payload),) = fetch(
        alerted, "select priority, receiver, payload from mails"
    )
    assert (priority, receiver) == ("P0", "data-team@example.com")
    assert payload["title"] == "Pipeline build_snapshots failed at publish"
    assert "scheduled_1" in payload["sentence"]


def test_the_same_failure_again_is_the_same_incident(alerted: Warehouse) -> None:
    record_failure(alerted, **RUN, task_id="publish", now=NOW)
    again = NOW + timedelta(minutes=10)
    assert record_failure(alerted, **RUN, task_id="publish", now=again) == []
    assert record_failure(alerted, **RUN, task_id="publish", now=again) == []
    assert fetch(alerted, "select count(*) from mails") == [(1,)]
    assert record_failure(alerted, **RUN, task_id="load", now=again) != []


def test_success_of_the_task_or_of_the_run_ends_it(alerted: Warehouse) -> None:
    for hour, task_id in enumerate(("publish", None)):
        now = NOW + timedelta(hours=hour)
        record_failure(alerted, **RUN, task_id="publish", now=now)
        later = now + timedelta(minutes=30)
        assert record_success(alerted, **RUN, task_id="other", now=later) == []
        assert record_success(alerted, **{**RUN, "dag_id": "other"}, now=later) == []
        ended = record_success(alerted, **RUN, task_id=task_id, now=later)
        assert ended == ['pipeline_failed{"dag":"build_snapshots","task":"publish"}']


def test_a_backfill_of_an_earlier_date_ends_nothing(alerted: Warehouse) -> None:
    record_failure(alerted, **RUN, task_id="publish", now=NOW)
    earlier = {**RUN, "logical_date": NOW - timedelta(days=1)}
    assert record_success(alerted, **earlier, now=NOW + timedelta(hours=1)) == []
    newer = {**RUN, "logical_date": NOW + timedelta(days=1)}
    assert record_success(alerted, **newer, now=NOW + timedelta(days=1)) != []


def test_a_run_that_did_not_end_in_time_has_no_task(alerted: Warehouse) -> None:
    record_failure(alerted, **RUN, task_id=None, now=NOW)
    ((payload,),) = fetch(alerted, "select payload from mails")
    assert payload["title"] == "Pipeline build_snapshots failed"
    assert payload["sentence"].startswith("build_snapshots did not end in time in the run")


def test_the_resolve_goes_out_once_the_fire_has(alerted: Warehouse) -> None:
    record_failure(alerted, **RUN, task_id="publish", now=NOW)
    with alerted.connect() as connection:
        connection.execute("update ops.notification_outbox set sent_at = now()")
    record_success(alerted, **RUN, now=NOW + timedelta(hours=1))
    kinds = fetch(alerted, "select kind, payload ->> 'thread' = message_id::text from"
                           " mails order by outbox_id")  # fmt: skip
    assert kinds == [("fire", None), ("resolve", False)]


def test_a_broken_rule_or_routing_does_not_keep_a_failure_quiet(alerted: Warehouse) -> None:
    with alerted.connect() as connection:
        connection.execute(
            "update ref.definition_versions set document = jsonb_set(jsonb_set(document,"
            " '{alerts,checks_failed,priority}', '\"P9\"'), '{routing,routing,sender}', '7')"
        )
    assert record_failure(alerted, **RUN, task_id="publish", now=NOW) != []
    assert fetch(alerted, "select receiver from mails") == [("data-team@example.com",)]


def test_without_a_rule_nothing_is_written(warehouse: Warehouse) -> None:
    assert record_failure(warehouse, **RUN, task_id="publish", now=NOW) == []
    assert fetch(warehouse, "select count(*) from ops.alert_incidents") == [(0,)]

"""What Airflow calls when a task goes wrong or well: rows for the alerts, nothing else.

The mail is the alerts' business: it leaves through the outbox, also when Airflow itself is down.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from monstera.orchestration.moments import standard


def record_failure(context: Mapping[str, Any]) -> None:
    """A task failed for good."""
    from monstera import alerts, audit
    from monstera.orchestration.deployment import deployment

    run, here = context["dag_run"], deployment()
    audit.note_refusal(context.get("exception"), here.warehouse, here.settings)
    alerts.record_failure(
        here.warehouse,
        dag_id=run.dag_id,
        task_id=context["ti"].task_id,
        run_id=run.run_id,
        logical_date=standard(run.logical_date),
        now=datetime.now(UTC),
    )


def record_late_run(context: Mapping[str, Any], task_id: str) -> None:
    """A run missed its deadline before `task_id` was done. Airflow describes it as plain data."""
    from monstera import alerts
    from monstera.orchestration.deployment import warehouse

    run = context["dag_run"]
    logical_date = run.get("logical_date")
    alerts.record_failure(
        warehouse(),
        dag_id=run["dag_id"],
        task_id=task_id,
        run_id=run["dag_run_id"],
        logical_date=logical_date and datetime.fromisoformat(str(logical_date)),
        now=datetime.now(UTC),
    )


def record_success(context: Mapping[str, Any]) -> None:
    """A task succeeded."""
    from monstera import alerts
    from monstera.orchestration.deployment import warehouse

    run = context["dag_run"]
    alerts.record_success(
        warehouse(),
        dag_id=run.dag_id,
        task_id=context["ti"].task_id,
        run_id=run.run_id,
        logical_date=standard(run.logical_date),
        now=datetime.now(UTC),
    )

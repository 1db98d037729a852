"""What the DAGs have in common: owner, retries, the pool, the asset, the time zone."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from airflow.sdk import Asset, ExceptionRetryPolicy, Param, RetryAction, RetryRule
from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from monstera.orchestration.callbacks import record_failure, record_late_run, record_success
from monstera.settings import Settings

POOL = "warehouse"
POOL_SLOTS = 4
HEAVY = {"pool": POOL}
"""Work that queues for the warehouse; alerts do not, so that they are never late behind it."""

LONG_AGO = datetime(2015, 1, 1, tzinfo=UTC)  # start of the DAGs that make up for nothing
PUBLISHED = Asset(name="published_metrics", uri="monstera://warehouse/published")

NOT_HEALED_BY_TIME = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=[
                "monstera.alerts.RulesFailed",
                "monstera.audit.AuditLogBroken",
                "monstera.definitions.DefinitionError",
                "monstera.publishing.NoSuchPart",
                "monstera.quality.AuditFailed",
            ],
            action=RetryAction.FAIL,
            reason="what is wrong stays wrong until somebody corrects it",
        )
    ]
)
COMMON: dict[str, Any] = {
    "max_active_runs": 1,
    "default_args": {
        "owner": "data",
        "retries": 4,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": 2,
        "max_retry_delay": timedelta(minutes=15),
        "retry_policy": NOT_HEALED_BY_TIME,
        "on_failure_callback": record_failure,
        "on_success_callback": record_success,
    },
}
"""Of every DAG."""


def optional_day(title: str, description: str) -> Param:
    """A date that the form of a run may leave empty."""
    return Param(None, type=["null", "string"], format="date", title=title, description=description)


def done_within(hours: int, *, task_id: str) -> DeadlineAlert:
    """An alert for each run that has not done its task so many hours after it was queued."""
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(hours=hours),
        callback=SyncCallback(record_late_run, kwargs={"task_id": task_id}),
        name=f"{task_id} within {hours} hours",
    )


def business_time_zone() -> str:
    """The zone in which business days begin and end, from `lifecycle.yaml`.

    The rest of the definitions is not read, and a wrong zone passed over: the tasks say what is
    wrong with the definitions, and alerts tell it; a DAG that cannot be parsed tells nobody.
    """
    try:
        text = (Settings().definitions / "lifecycle.yaml").read_text()
        zone = ZoneInfo(yaml.safe_load(text)["business_time_zone"])
    except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError):
        return "UTC"
    return zone.key


def first_day() -> datetime:
    """Start of the first business day that the daily DAG makes up for."""
    return datetime.combine(Settings().first_day, time(), ZoneInfo(business_time_zone()))

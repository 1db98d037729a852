"""Airflow's own database: its tables, and the pool in which the warehouse's work queues."""

import fcntl
from pathlib import Path

from airflow.configuration import AIRFLOW_HOME
from airflow.models.pool import Pool
from airflow.utils.db import upgradedb

from monstera.orchestration.wiring import POOL, POOL_SLOTS


def prepare() -> None:
    """Migrates Airflow's database and makes the pool; repeatable, by one process at a time."""
    with (Path(AIRFLOW_HOME) / "metadata.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # Airflow's own lock gives up after 1.8 seconds
        _prepare()


def _prepare() -> None:
    upgradedb()
    Pool.create_or_update_pool(
        POOL,
        slots=POOL_SLOTS,
        description="Tasks that load, publish and maintain: at most so many at once.",
        include_deferred=False,
    )


if __name__ == "__main__":
    prepare()

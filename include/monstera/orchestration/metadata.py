"""Airflow's own database: its tables, and the pool in which the warehouse's work queues."""

from airflow.models.pool import Pool
from airflow.utils.db import upgradedb

from monstera.orchestration.wiring import POOL, POOL_SLOTS


def prepare() -> None:
    """Migrates Airflow's database and makes the pool; repeatable."""
    upgradedb()
    Pool.create_or_update_pool(
        POOL,
        slots=POOL_SLOTS,
        description="Tasks that load, publish and maintain: at most so many at once.",
        include_deferred=False,
    )


if __name__ == "__main__":
    prepare()

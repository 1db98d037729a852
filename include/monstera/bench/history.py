"""Data at size, written by SQL straight into the tables that the loader fills."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg

from monstera.bench.measure import Progress, Size
from monstera.transforms import SqlFile, read_sql
from monstera.warehouse import Warehouse

FIRST_DAY = date(2026, 1, 1)
SQL = Path(__file__).parent / "sql"


@dataclass(frozen=True)
class History:
    """What a warehouse was filled with: day 0 is `FIRST_DAY`."""

    users: int
    days: int
    events: int

    def day(self, number: int) -> date:
        """Date of a numbered day; negative numbers count from the end, -1 is the last."""
        return FIRST_DAY + timedelta(days=number if number >= 0 else self.days + number)


def read(name: str) -> SqlFile:
    """A file of the benchmark's own `sql/`."""
    return read_sql(str(SQL / name))  # an absolute name leaves the project's own folder


def fill(
    warehouse: Warehouse,
    size: Size,
    progress: Progress,
    *,
    with_products: bool,
    with_accounts: bool = False,
    quiet_days: int = 0,
) -> History:
    """Fills `bronze` with the events of so many users and days; half the users skip the last
    `quiet_days` of them. `with_accounts` gives every fifty users an account.
    """
    with warehouse.transaction() as connection:
        load = _manifest(connection, "users", FIRST_DAY, size.users)
        read("users").execute(
            connection,
            {
                "users": size.users,
                "first_day": FIRST_DAY,
                "load_id": load,
                "with_accounts": with_accounts,
            },
        )
    users, days, total = size.users, size.days, 0
    for number in range(days):
        day = FIRST_DAY + timedelta(days=number)
        progress(f"events of day {number + 1} of {days}")
        with warehouse.transaction() as connection:
            connection.execute("select bronze.ensure_event_partition(%s)", [day])
            load = _manifest(connection, "events", day, 0)
            written = read("events_of_day").execute(
                connection,
                {
                    "users": users,
                    "day": day,
                    "day_number": number,
                    "load_id": load,
                    "with_products": with_products,
                    "half_are_quiet": number >= days - quiet_days,
                },
            )
            total += written.rowcount
            connection.execute(
                "update ops.load_manifest set rows_read = %s, accepted = %s where load_id = %s",
                [written.rowcount, written.rowcount, load],
            )
    progress("vacuum")
    with warehouse.connect(autocommit=True) as connection:
        connection.execute("vacuum (analyze) bronze.events, bronze.users, bronze.user_signups")
    return History(users, days, total)


def _manifest(connection: "psycopg.Connection[Any]", feed: str, day: date, rows: int) -> int:
    """The manifest row of a delivery, which publishing looks for; returns its load."""
    found = connection.execute(
        "insert into ops.load_manifest (feed, path, dt, status, rows_read, accepted,"
        " first_occurred_on, last_occurred_on, finished_at)"
        " values (%s, %s, %s, 'loaded', %s, %s, %s, %s, now()) returning load_id",
        [feed, f"{feed}/dt={day}/benchmark", day, rows, rows, day, day],
    ).fetchone()
    assert found is not None
    return int(found[0])

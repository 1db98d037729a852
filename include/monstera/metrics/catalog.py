"""The metrics there are: one file of `sql/metrics/` each, which declares and computes it."""

from datetime import date, timedelta
from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict

from monstera.transforms import SqlFile, read_sql
from monstera.transforms.files import SQL

Grain = Literal["day", "week", "month"]
ALL = "all"
"""Segment key and value of a metric's total."""


class Metric(BaseModel):
    """What the header of a metric's file says.

    Attributes:
        unit: `share` for fractions from 0 to 1 of people or rows, else what is counted.
        grain: length of the period that a value stands for.
        matures_after_days: days after the end of a period before it can be computed.
        good: the direction that is good news.
        owner: team that answers for the numbers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    id: str
    sql: SqlFile
    name: str
    description: str
    unit: Literal["share", "users", "events", "checks"]
    grain: Grain
    good: Literal["up", "down"]
    owner: str
    matures_after_days: int = 0
    segments: tuple[str, ...] = ()
    notes: str = ""

    def newest_period(self, as_of: date) -> date:
        """First day of the newest period whose value is known at the end of `as_of`."""
        day = as_of - timedelta(days=self.matures_after_days)
        if self.grain == "day":
            return day
        if self.grain == "week":
            return day - timedelta(days=(day.weekday() + 1) % 7 + 6)
        next_day = day + timedelta(days=1)
        return (next_day.replace(day=1) - timedelta(days=1)).replace(day=1)

    def known_from(self, period: date) -> date:
        """Day at whose end the value of a period is known."""
        if self.grain == "day":
            end = period
        elif self.grain == "week":
            end = period + timedelta(days=6)
        else:
            end = (period + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return end + timedelta(days=self.matures_after_days)


@cache
def metrics() -> dict[str, Metric]:
    """Every metric by id.

    Raises:
        pydantic.ValidationError: a file's header does not declare a metric.
    """
    files = [read_sql(f"metrics/{path.stem}") for path in sorted(SQL.glob("metrics/*.sql"))]
    return {file.name: Metric(id=file.name, sql=file, **file.header) for file in files}

"""Airflow's times, which are of a class of its own, as the standard library's."""

from datetime import UTC, datetime
from typing import overload


@overload
def standard(moment: None) -> None: ...
@overload
def standard(moment: datetime) -> datetime: ...
def standard(moment: datetime | None) -> datetime | None:
    """The same moment as a plain `datetime` in UTC; None stays None."""
    return moment and datetime.fromisoformat(moment.isoformat()).astimezone(UTC)

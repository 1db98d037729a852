"""`lifecycle.yaml`: the business day, and the days that decide states."""

from typing import Annotated, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, model_validator

from monstera.definitions.model import Days, Definition, OneDayOrMore, OneOrMore


def _time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"expected an IANA time zone such as Europe/Berlin, found {name!r}")
    return name


class Thresholds(Definition):
    """Days that decide the states of one scope, all of them known."""

    new_days: Days = 30
    active_days: OneDayOrMore = 30
    churn_days: OneDayOrMore = 60


class Lifecycle(Thresholds):
    """`lifecycle.yaml`: the business day and the platform's thresholds, in days.

    `support_minimum_users` must stand behind a number across products; with fewer it is null.
    """

    business_time_zone: Annotated[str, AfterValidator(_time_zone)] = "UTC"
    grace_days: Days = 7
    max_event_age_days: OneDayOrMore = 730
    support_minimum_users: OneOrMore = 10

    @model_validator(mode="after")
    def _in_bounds(self) -> Self:
        if self.active_days > self.churn_days:
            raise ValueError(
                f"expected active_days <= churn_days, found {self.active_days} > {self.churn_days}"
            )
        return self

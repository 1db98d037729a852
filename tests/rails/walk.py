"""Walks through the log, from its events alone; nobody is deleted, all thresholds are 30 days."""

from datetime import date, datetime, timedelta

from cross_product.naive import Adoption, adoptions

Done = tuple[datetime, str, str | None, bool]
"""When, what, in which product, and whether it qualifies."""


def active_days(done: list[Done]) -> dict[date, str]:
    """The days on which what was done keeps its user active: through the 30th after it."""
    qualifying = {at.date() for at, _, _, qualifies in done if qualifies}
    return {day + timedelta(days=later): "active" for day in qualifying for later in range(31)}


def path(done: list[Done], last: date) -> list[Adoption]:
    """What a user adopted, in order."""
    found = adoptions([what[:3] for what in done], done[0][0], active_days(done), last)
    assert found is not None
    return found


def product_states(done: list[Done], days: list[date]) -> dict[date, list[str]]:
    """The state in each product adopted by the day: active, or any other."""
    by_product: dict[str, list[Done]] = {}
    for what in done:
        if what[2]:
            by_product.setdefault(what[2], []).append(what)
    states: dict[date, list[str]] = {}
    for in_product in by_product.values():
        active = active_days(in_product)
        for day in days:
            if day >= in_product[0][0].date():
                states.setdefault(day, []).append(active.get(day, "silent"))
    return states

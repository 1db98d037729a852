"""The catalog of metrics for people: as a page, as text for the documentation, as data."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from monstera.definitions import Definitions, Metric

TEMPLATES = Path(__file__).parent / "templates"
PERIODS = {"day": "day", "week": "calendar week", "month": "calendar month"}


def as_records(definitions: Definitions) -> list[dict[str, Any]]:
    """Every entry as plain data, by id."""
    return [
        metric.model_dump(mode="json", by_alias=True)
        | {"status": metric.status, "entity": metric.entity, "formula_text": formula_text(metric)}
        for _, metric in sorted(definitions.metrics.items())
    ]


def as_json(definitions: Definitions) -> str:
    """The catalog as JSON, one object a metric."""
    return json.dumps(as_records(definitions), indent=2, ensure_ascii=False) + "\n"


def as_html(definitions: Definitions) -> str:
    """The catalog as one page that needs nothing else."""
    return _templates().get_template("catalog.html.j2").render(domains=_by_domain(definitions))


def as_markdown(definitions: Definitions) -> str:
    """The catalog as `docs/metrics.md`."""
    return _templates().get_template("catalog.md.j2").render(domains=_by_domain(definitions))


def formula_text(metric: Metric) -> str:
    """The formula in words that hold for its kind."""
    say = _IN_WORDS.get(metric.formula.kind)
    if say is None:
        return f"`sql/metrics/{getattr(metric.formula, 'file', None) or metric.id}.sql`"
    return say(metric.formula, PERIODS[metric.grain])


def _state_count(formula: Any, period: str) -> str:
    dunning = " with an open payment problem" if formula.is_dunning else ""
    return f"users {_any_of(formula.states)}{dunning} at the end of the day"


def _flow(formula: Any, period: str) -> str:
    members = f", of those {_any_of(formula.members)} before it" if formula.members else ""
    reasons = f", because {_any_of(formula.reasons)}" if formula.reasons else ""
    return f"users who went{_steps(formula)} in the {period}{members}{reasons}"


def _distinct_active(formula: Any, period: str) -> str:
    if formula.window_days == 1:
        return "users with a qualifying event on the day"
    if formula.window_days:
        return f"users with a qualifying event in the {formula.window_days} dates up to the day"
    return f"users with a qualifying event in the {period}: {formula.status}"


def _adoption(formula: Any, period: str) -> str:
    when = f"in the {formula.window_days} dates up to the day" if formula.window_days else "ever"
    return (
        f"share of users active in the 30 dates up to the day who used the {formula.segment} {when}"
    )


def _sum(formula: Any, period: str) -> str:
    which = _any_of(formula.event_types) or "of all types"
    if formula.categories:
        which = f"of category {_any_of(formula.categories)}"
    so_far = " up to the day" if formula.so_far else ""
    return f"accepted events {which}{' that failed' if formula.failed else ''}{so_far}"


def _feed(formula: Any, period: str) -> str:
    if formula.statistic == "count":
        return f"rows of the feed `{formula.feed}` by `{formula.at}`"
    converted = ", in the reporting currency" if formula.currency else ""
    statistic = {"p95": "95th percentile"}.get(formula.statistic, formula.statistic)
    column = f"`{formula.column}` of the feed `{formula.feed}` by `{formula.at}`"
    return f"{statistic} of {column}{converted}"


def _ratio(formula: Any, period: str) -> str:
    at = {"period": "", "start": " at the start", "previous_period": " the period before"}
    return f"`{formula.numerator}` / `{formula.denominator}`{at[formula.denominator_at]}"


def _duration(formula: Any, period: str) -> str:
    if formula.since == "access":
        return f"{formula.statistic} days from first access of the product to its activation"
    since = "the state began" if formula.since == "state" else "the first qualifying event"
    return f"{formula.statistic} days since {since}, of transitions{_steps(formula)}"


def _cohort(formula: Any, period: str) -> str:
    when = {
        "within": f"within {formula.days} days",
        "on_day": f"on day {formula.days}",
        "from_day": f"on day {formula.days} or later",
        "in_period": f"in the {period} {formula.periods} after it",
        "from_period": f"in the {period} {formula.periods} after it or later",
    }
    entered = formula.entered.replace("_", " ")
    return f"share of those who {entered} with a qualifying event {when[formula.active]}"


def _product_cohort(formula: Any, period: str) -> str:
    later = f"{period} {formula.periods} after it"
    return (
        f"share of those who first came to the product with a qualifying event in it in the {later}"
    )


def _funnel(formula: Any, period: str) -> str:
    origin, goal = formula.stages[formula.step - 2 : formula.step]
    what = "share" if formula.statistic == "conversion" else "median minutes"
    return f"{what} from {origin.name} to {goal.name} within {formula.window_days} days"


def _session(formula: Any, period: str) -> str:
    what = {"count": "", "share": "share of "}
    length = f"{formula.statistic.replace('_', ' ')} of "
    return f"{what.get(formula.statistic, length)}sessions that began on the day"


def _time_to_value(formula: Any, period: str) -> str:
    since, until = (name.replace("_", " ") for name in (formula.since, formula.until))
    return f"{formula.statistic} minutes from {since} to {until}"


def _account_count(formula: Any, period: str) -> str:
    which = {
        _any_of(formula.states): True,
        "paying": formula.is_paying,
        "with an open payment problem": formula.is_dunning,
        "with an active seat": formula.is_active,
        f"with a health below {formula.health_below}": formula.health_below is not None,
    }
    accounts = " ".join(["accounts", *(words for words, holds in which.items() if words and holds)])
    what = {"revenue": "recurring revenue of ", "health": "mean health of "}.get(formula.of, "")
    return f"{what}{accounts} at the end of the day"


def _account_flow(formula: Any, period: str) -> str:
    if formula.statistic.endswith("_days"):
        statistic = formula.statistic.removesuffix("_days")
        return f"{statistic} days in the state left, of accounts that went{_steps(formula)}"
    share = "share of " if formula.statistic == "share" else ""
    members = f", of those {_any_of(formula.members)} before it" if formula.members else ""
    return f"{share}accounts that went{_steps(formula)} in the {period}{members}"


def _account_revenue(formula: Any, period: str) -> str:
    if formula.movements:
        return f"recurring revenue {formula.measure} by {_any_of(formula.movements)}"
    measure = formula.measure.replace("_", " ")
    states = f"{_any_of(formula.states)} and " if formula.states else ""
    return f"{measure} over the {period}, of accounts that were {states}paying at its start"


def _segment(formula: Any, period: str) -> str:
    of_those = f"of those in the segment at the start of the {period}"
    return {
        "users": "users in the segment at the end of the day",
        "retained": f"share {of_those} with a qualifying event in it",
        "churned": f"share {of_those}, neither new nor churned, who churned in it",
        "moved": f"share {of_those} by where they are at its end",
        "climbed": f"share {of_those} who are in a higher one at its end",
        "recurring_revenue": f"recurring revenue at the end of the {period}, shared by the members",
    }[formula.measure]


_IN_WORDS: dict[str, Callable[[Any, str], str]] = {
    "state_count": _state_count,
    "flow": _flow,
    "distinct_active": _distinct_active,
    "adoption": _adoption,
    "sum": _sum,
    "feed": _feed,
    "ratio": _ratio,
    "duration": _duration,
    "cohort": _cohort,
    "product_cohort": _product_cohort,
    "funnel": _funnel,
    "segment": _segment,
    "session": _session,
    "time_to_value": _time_to_value,
    "account_count": _account_count,
    "account_flow": _account_flow,
    "account_revenue": _account_revenue,
}


def _steps(formula: Any) -> str:
    origin = f" from {_any_of(formula.from_)}" if formula.from_ else ""
    return origin + (f" to {_any_of(formula.to)}" if formula.to else "")


def _any_of(names: tuple[str, ...]) -> str:
    return " or ".join(names)


def _by_domain(definitions: Definitions) -> dict[str, list[dict[str, Any]]]:
    domains: dict[str, list[dict[str, Any]]] = {}
    for record in as_records(definitions):
        record["formula_json"] = json.dumps(record["formula"])
        domains.setdefault(record["domain"], []).append(record)
    return dict(sorted(domains.items()))


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=lambda name: bool(name and ".html" in name),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )

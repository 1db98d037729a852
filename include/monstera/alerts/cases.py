"""Test cases of rules: the series that a rule carries with it, played through."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from monstera.alerts.rules import Case, Priority, Rule
from monstera.alerts.states import Standing, advance
from monstera.definitions import Grain

BEGINS = date(2026, 1, 5)  # a Monday


@dataclass(frozen=True)
class Failure:
    """The first step (from 1) of a test case (from 0) that is not as declared, and how."""

    case: int
    step: int
    message: str


def failed_cases(rule: Rule) -> list[Failure]:
    """The test cases of a rule that do not turn out as declared."""
    found = (_first_failure(rule, number, case) for number, case in enumerate(rule.tests))
    return [failure for failure in found if failure is not None]


def _first_failure(rule: Rule, number: int, case: Case) -> Failure | None:
    priorities = case.priorities or (None,) * len(case.values)
    declared = zip(case.states, priorities, strict=True)
    played = zip(declared, _play(rule, case), strict=True)
    for step, ((wanted_state, wanted_priority), (state, priority)) in enumerate(played, start=1):
        for wanted, found in ((wanted_state, state), (wanted_priority, priority)):
            if wanted not in {None, found}:
                return Failure(number, step, f"step {step}: expected {wanted}, was {found}")
    return None


def _play(rule: Rule, case: Case) -> Iterator[tuple[str, Priority]]:
    standing = Standing()
    history: dict[date, Decimal] = {}
    day = BEGINS
    for usual in case.before * case.times:
        history[day] = usual
        day = _next(day, rule.condition.compares)
    for value in case.values:
        judgement, priority = rule.judge(value, day, history)
        standing = advance(standing, judgement.outcome, rule.patience)
        yield standing.state.value, priority
        if value is not None:
            history[day] = value
        day = _next(day, rule.condition.compares)


def _next(day: date, grain: Grain) -> date:
    if grain == "month":
        return (day.replace(day=1) + timedelta(days=31)).replace(day=day.day)
    return day + timedelta(days=7 if grain == "week" else 1)

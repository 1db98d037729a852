"""How metrics are called: what is counted, its state or action, one period, a qualifier."""

import re
from collections.abc import Iterator

from monstera.definitions.metrics import Metric
from monstera.definitions.problems import Problem
from monstera.definitions.reader import Declared
from monstera.definitions.rules import TITLE_CASE_WORD

PERIODS = ("Hourly", "Daily", "Weekly", "Monthly", "Quarterly", "Yearly", "All-Time")
PROHIBITED = {
    "an ambiguous time; say Daily, Weekly or Monthly": "recent recently current lately latest",
    "jargon; say what people did": "engagement entity entities kpi metric metrics hits pings",
    "another word for users or accounts; say which": (
        "customer customers client clients member members subscriber subscribers person people"
        " company companies user account"
    ),
}


def name_errors(metric: Metric, source: Declared) -> Iterator[Problem]:
    """Everything that is wrong with the name and the id made from it."""
    words = metric.name.split()
    if not all(TITLE_CASE_WORD.fullmatch(word) for word in words):
        yield source.problem(f"expected Title Case, found {metric.name}", "name")
    for why, prohibited in PROHIBITED.items():
        for word in words:
            if word.lower() in prohibited.split():
                yield source.problem(f"prohibited pattern: {word} is {why}", "name")
    if not words[0].endswith("s"):
        yield source.problem(
            f"expected what is counted first, in plural, such as Users, found {words[0]}", "name"
        )
    if sum(word in PERIODS for word in words) != 1:
        expected = ", ".join(PERIODS)
        yield source.problem(f"expected one time period among {expected}", "name")
    expected_id = re.sub("[^a-z0-9]+", "_", metric.name.lower()).strip("_")
    if metric.id != expected_id:
        yield source.problem(f"expected the name in snake_case, {expected_id}", "id")

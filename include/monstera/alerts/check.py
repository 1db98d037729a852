"""The alert rules of definitions, and everything that is wrong with them."""

import logging
from collections.abc import Container, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from monstera.alerts.cases import failed_cases
from monstera.alerts.conditions import AnyOf, Condition
from monstera.alerts.rules import Rule
from monstera.definitions import Declared, DefinitionError, Definitions, Metric, Problem

log = logging.getLogger(__name__)


def rules_of(definitions: Definitions) -> dict[str, Rule]:
    """The alert rules by id.

    Raises:
        DefinitionError: with every mistake in every rule, by file and line.
    """
    if problems := check_rules(definitions):
        raise DefinitionError(problems)
    return parsed_rules(definitions)


def parsed_rules(definitions: Definitions) -> dict[str, Rule]:
    """The alert rules by id, whatever their tests say.

    Raises:
        DefinitionError: a rule is not written as a rule.
    """
    rules = (entry.parse(Rule) for entry in definitions.entries("alerts"))
    return {rule.id: rule.reading(definitions.metrics) for rule in rules}


def rules_in_document(document: Mapping[str, Any]) -> dict[str, Rule]:
    """The alert rules of a compiled definition version by id, as far as they are right."""
    rules: dict[str, Rule] = {}
    declared = document.get("metrics", {})
    for name, content in document.get("alerts", {}).items():
        try:
            rule = Rule.model_validate(content)
            rules[name] = rule.reading(
                {
                    metric: Metric.model_validate(declared[metric], strict=False)
                    for metric in rule.metric_ids
                    if metric in declared
                }
            )
        except ValidationError:
            log.error("The alert rule %s is wrong, see `monstera check`: left out.", name)
    return rules


def check_rules(definitions: Definitions) -> list[Problem]:
    """Every mistake in every alert rule, also those that its own tests show."""
    problems: list[Problem] = []
    parsed: list[tuple[Rule, Declared]] = []
    for entry in definitions.entries("alerts"):
        try:
            parsed.append((entry.parse(Rule), entry))
        except DefinitionError as error:
            problems += error.problems
    known = {entry.id for entry in definitions.entries("alerts")}
    parents = {rule.id: rule.inhibited_by for rule, _ in parsed}
    for rule, entry in parsed:
        problems += _metric_problems(rule, entry, definitions.metrics)
        problems += _inhibition_problems(rule, entry, known, parents)
        problems += [
            entry.problem(failure.message, "tests", failure.case) for failure in failed_cases(rule)
        ]
    return problems


def check_coverage(definitions: Definitions) -> list[Problem]:
    """Metrics of tier 1 that no rule reads, without a reason; none where no alerts are declared."""
    try:
        rules = parsed_rules(definitions)
    except DefinitionError:
        return []  # which is what `check_rules` speaks of
    if not rules:
        return []
    read = {name for rule in rules.values() for name in rule.metric_ids}
    return [
        definitions.sources["metrics"][metric.id].problem(
            "a metric of tier 1 needs an alert rule, or no_alert_because", "importance_tier"
        )
        for metric in definitions.metrics.values()
        if metric.importance_tier == "tier_1"
        and metric.status != "retired"
        and metric.no_alert_because is None
        and metric.id not in read
    ]


def _metric_problems(
    rule: Rule, entry: Declared, metrics: Mapping[str, Metric]
) -> Iterator[Problem]:
    for name in rule.metric_ids:
        place = "metric" if rule.metric else "metrics"
        metric = metrics.get(name)
        if metric is None:
            close = get_close_matches(name, metrics, n=1)
            hint = f"did you mean {close[0]}?" if close else "declare it in metrics/*.yaml"
            yield entry.problem(f"unknown metric {name}; {hint}", place)
        else:
            yield from _fit_problems(rule, entry, metric)


def _fit_problems(rule: Rule, entry: Declared, metric: Metric) -> Iterator[Problem]:
    if rule.segment is not None and rule.segment.by not in metric.segments:
        yield entry.problem(f"{metric.id} is not broken down by {rule.segment.by}", "segment", "by")
    if rule.beyond_chance and metric.unit != "share":
        yield entry.problem(f"{metric.id} is no share of people", "beyond_chance")
    if rule.window is not None:
        if metric.unit not in {"share", "ratio"}:
            yield entry.problem(f"{metric.id} is no rate, which a window needs", "window")
        if rule.window.grain is not None and metric.grain != "day":
            message = f"{metric.id} has values by {metric.grain}, not by day"
            yield entry.problem(message, "window", "grain")
    if rule.grain_of(metric) not in getattr(rule.condition, "grains", ()):
        grain = rule.grain_of(metric)
        message = f"{metric.id} has values by {grain}, which this condition cannot compare"
        yield entry.problem(message, "condition")
    if metric.unit != "share" and "points" in _units(rule.condition):
        yield entry.problem(f"{metric.id} is not a share and has no points", "condition", "unit")


def _units(condition: Condition) -> set[str]:
    parts = condition.of if isinstance(condition, AnyOf) else (condition,)
    return {getattr(part, "unit", "") for part in parts}


def _inhibition_problems(
    rule: Rule, entry: Declared, known: Container[str | None], parents: Mapping[str, Iterable[str]]
) -> Iterator[Problem]:
    for parent in rule.inhibited_by:
        if parent not in known or parent == rule.id:
            yield entry.problem(f"expected another alert rule, found {parent}", "inhibited_by")
        elif rule.id in _above(parent, parents):
            message = f"{parent} is itself inhibited by {rule.id}: nobody would be told of either"
            yield entry.problem(message, "inhibited_by")


def _above(name: str, parents: Mapping[str, Iterable[str]]) -> set[str]:
    """The rules that inhibit a rule, those that inhibit them, and so on."""
    found: set[str] = set()
    left = [name]
    while left:
        further = set(parents.get(left.pop(), ())) - found
        found |= further
        left += further
    return found

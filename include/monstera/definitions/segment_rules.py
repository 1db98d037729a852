"""What must hold for segments beyond single entries."""

from collections.abc import Iterator
from itertools import combinations

from monstera.definitions.definitions import Definitions
from monstera.definitions.problems import Problem
from monstera.definitions.segments import (
    CollaborationType,
    EngagementIntensity,
    JourneyStage,
    ProductBreadth,
    ValueRealization,
)

RISING: dict[type, tuple[tuple[str, str], ...]] = {
    EngagementIntensity: (("silent_from_days", "silent_to_days"),),
    ValueRealization: (("moderate_share", "high_share"),),
    ProductBreadth: (("multi_products", "platform_power_products"),),
    JourneyStage: (
        ("onboarding_days", "adoption_days"),
        ("adoption_days", "retention_days"),
        ("critical_activation_days", "habit_formation_days"),
        ("habit_formation_days", "early_retention_days"),
        ("early_retention_days", "habit_reinforcement_days"),
        ("habit_reinforcement_days", "retention_milestone_days"),
        ("retention_milestone_days", "early_mature_days"),
        ("early_mature_days", "stable_mature_days"),
        ("stable_mature_days", "established_days"),
    ),
}
"""Thresholds of which the first must not be above the second."""


def errors(definitions: Definitions) -> Iterator[Problem]:
    """Everything that makes the segments unusable although each entry is well-formed."""
    sources = definitions.sources["segments"]
    for name, thresholds in definitions.segments.thresholds.items():
        for lower, upper in RISING.get(type(thresholds), ()):
            low, high = getattr(thresholds, lower), getattr(thresholds, upper)
            if low > high:
                yield sources[name].problem(f"expected {lower} <= {upper}, found {low} > {high}")
    yield from _people_errors(definitions)
    yield from _impossible(definitions)
    yield from _overlaps(definitions)


def _impossible(definitions: Definitions) -> Iterator[Problem]:
    for composite in definitions.segments.composites.values():
        if any(one.excludes(other) for one, other in combinations(composite.when, 2)):
            source = definitions.sources["segments"][composite.id]
            message = "two conditions exclude each other, so that nobody can be in it"
            yield source.problem(message, "when")


def _overlaps(definitions: Definitions) -> Iterator[Problem]:
    sources = definitions.sources["segments"]
    for one, other in combinations(definitions.segments.composites.values(), 2):
        if not one.may_overlap(other):
            continue
        for each, against in ((one, other), (other, one)):
            if each.precedence is None:
                message = f"a user may be in {against.id} too: say which comes first"
                yield sources[each.id].problem(message, "precedence")
        if one.precedence is not None and one.precedence == other.precedence:
            message = f"{one.id} has this precedence too, and a user may be in both"
            yield sources[other.id].problem(message, "precedence")


def _people_errors(definitions: Definitions) -> Iterator[Problem]:
    collaboration = definitions.segments.thresholds.get("collaboration_type")
    if not isinstance(collaboration, CollaborationType):
        return
    source = definitions.sources["segments"][collaboration.id]
    for number, people in enumerate(collaboration.people):
        kind = definitions.event_types.get(people.event)
        if kind is None:
            yield source.problem(f"unknown event type {people.event}", "people", number, "event")
            continue
        field = kind.metadata.get(people.key)
        if field is None or not field.pseudonym:
            message = f"expected a metadata key of {people.event} with pseudonym: true"
            yield source.problem(f"{message}, found {people.key}", "people", number, "key")

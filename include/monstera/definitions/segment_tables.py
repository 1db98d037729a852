"""Segments into the tables of the schema `ref`; all of them empty where none is declared."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from monstera.definitions.segments import (
    COMPOSITE,
    DIMENSIONS,
    MEMBERSHIPS,
    MODELS,
    NO_COMPOSITE,
    Composite,
    Condition,
    JourneyStage,
    Memberships,
    Segments,
    texts,
)

Rows = Iterable[Mapping[str, Any]]


def segment_tables(segments: Segments) -> dict[str, Rows]:
    """The rows of each table, without their version, in an order that they can go in."""
    if not segments.is_declared:
        return dict.fromkeys(
            ("segment_settings", "segments", "composite_conditions", "segment_people",
             "journey_boundaries"), ()
        )  # fmt: skip
    limits = {name: limit for each in MODELS for name, limit in segments.of(each).limits().items()}
    return {
        "segment_settings": [{"one_row": True, **limits}],
        "segments": [*_dimension_values(segments), *_composites(segments)],
        "composite_conditions": _conditions(segments),
        "segment_people": [
            {"event_type": each.event, "key": each.key, "is_invitation": each.is_invitation}
            for each in segments.people
        ],
        "journey_boundaries": [{"day": day} for day in sorted(_boundaries(segments))],
    }


def _dimension_values(segments: Segments) -> Iterator[Mapping[str, Any]]:
    for dimension in (*DIMENSIONS, MEMBERSHIPS):
        ladder = texts()[dimension].get("ladder", [])
        for ordinal, value in enumerate(segments.values(dimension), start=1):
            yield {
                "dimension": dimension,
                "value": value.value,
                "ordinal": ordinal,
                "name": texts()[dimension]["name"],
                "definition": value.definition,
                "owner": segments.of(dimension).owner,
                "rung": ladder.index(value.value) if ladder else None,
                **dict.fromkeys(("rule", "rationale", "target_metrics", "intervention")),
            }


def _composites(segments: Segments) -> Iterator[Mapping[str, Any]]:
    for ordinal, composite in enumerate(segments.in_order, start=1):
        yield {
            "dimension": COMPOSITE,
            "value": composite.id,
            "ordinal": ordinal,
            "rule": rule(composite),
            **composite.model_dump(
                include={
                    "name", "definition", "rationale", "target_metrics", "intervention", "owner",
                }
            ),
        }  # fmt: skip
    yield {
        "dimension": COMPOSITE,
        "value": NO_COMPOSITE,
        "ordinal": len(segments.composites) + 1,
        "name": "None",
        "definition": "In no composite segment.",
    }


def rule(composite: Composite) -> str:
    """The conditions of a composite segment as one sentence."""
    return ", ".join(map(_said, composite.when))


def _said(condition: Condition) -> str:
    if condition.dimension is None:
        return "{} to {} days since signup".format(*condition.journey_days)
    ago = f" {condition.days_ago} days ago" if condition.days_ago else ""
    if condition.is_not:
        return f"{condition.dimension} not {' or '.join(condition.is_not)}{ago}"
    return f"{condition.dimension} {' or '.join(condition.is_)}{ago}"


def _conditions(segments: Segments) -> Iterator[Mapping[str, Any]]:
    for ordinal, composite in enumerate(segments.in_order, start=1):
        for number, condition in enumerate(composite.when, start=1):
            first_day, last_day = condition.journey_days or (None, None)
            yield {
                "composite_segment": composite.id,
                "ordinal": ordinal,
                "condition": number,
                "dimension": condition.dimension,
                "values": condition.values,
                "days_ago": condition.days_ago,
                "first_day": first_day,
                "last_day": last_day,
            }


def _boundaries(segments: Segments) -> set[int]:
    stages, memberships = segments.of("journey_stage"), segments.of(MEMBERSHIPS)
    assert isinstance(stages, JourneyStage) and isinstance(memberships, Memberships)
    ranges = [c.journey_days for each in segments.composites.values() for c in each.when]
    return {
        stages.onboarding_days + 1,
        stages.adoption_days + 1,
        stages.retention_days + 1,
        memberships.struggling_days,
        *(days[0] for days in ranges if days),
        *(days[1] + 1 for days in ranges if days),
    }

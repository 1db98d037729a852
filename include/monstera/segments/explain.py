"""Why a user is in their segments on a day: the numbers beside the rules."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict

from monstera.definitions.segments import COMPOSITE

RISK = (
    "events_30", "events_30_before", "products_30_before", "products_given_up",
    "days_since_last_event",
)  # fmt: skip
NUMBERS: dict[str, tuple[str, ...]] = {
    "engagement_intensity": (
        *RISK, "active_days_30", "products_30", "features_30", "active_weeks_in_a_row",
    ),
    "value_realization": (
        "runs_90", "runs_90_completed", "runs_completed", "days_since_first_event",
    ),
    "product_breadth": ("products_active", "products_tried"),
    "journey_stage": ("journey_days", "days_since_reactivation"),
    "feature_adoption": (
        "features_used", "features_of_them", "days_of_advanced_use", "days_since_advanced_use",
        "days_since_first_event",
    ),
    "collaboration_type": ("people", "invited_by"),
    "temporal_pattern": (
        "active_days_90", "active_weeks_of_12", "active_months_of_3", "months_90",
        "months_90_a_year_before", "longest_silence_since",
    ),
    "composite_segment": ("journey_days",),
    "at_risk": RISK,
    "highly_engaged": ("events_30",),
    "casually_engaged": ("events_30",),
    "lost": ("days_since_last_event",),
    "high_value_active": ("events_up_to_last", "high_value_from"),
    "high_value_dormant": ("events_up_to_last", "high_value_from"),
    "low_value_churned": ("events_of_life", "low_value_to"),
    "successful_onboarding": ("days_to_first_event",),
    "struggling_onboarding": ("journey_days",),
    "chronic_churner": ("reactivations",),
    "stable": ("days_active_in_a_row",),
}  # fmt: skip
"""What decides each dimension or segment by state; columns of `explain/user_segment_numbers`."""


class SegmentExplanation(BaseModel):
    """A value of a dimension, since when it holds, what it says, and the numbers that decide it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dimension: str
    value: str
    since: date
    definition: str | None
    numbers: dict[str, int | str | None]


def explain_segments(
    segments: Sequence[Mapping[str, Any]],
    numbers: Sequence[Mapping[str, Any]],
    earlier: Sequence[Mapping[str, Any]],
) -> tuple[SegmentExplanation, ...]:
    """Rows of `explain/user_segments`, each with its numbers; none while deleted.

    Beside the composite segment stand the values that the rules look back at, `earlier`.
    """
    if not numbers:
        return ()
    looked_back = {
        f"{each['dimension']}_{each['days_ago']}_days_ago": each["value"] for each in earlier
    }

    def numbers_of(dimension: str) -> dict[str, Any]:
        found = {name: numbers[0][name] for name in NUMBERS.get(dimension, ())}
        return found | looked_back if dimension == COMPOSITE else found

    return tuple(
        SegmentExplanation(**row, numbers=numbers_of(row["dimension"])) for row in segments
    )

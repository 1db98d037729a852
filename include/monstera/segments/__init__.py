"""Segments: how people use what there is, as dimensions, memberships and composites."""

from monstera.segments.steps import SEGMENT_STEPS

__all__ = ["SEGMENT_STEPS"]

"""Segments: how people use what there is, as dimensions, memberships and composites."""

from monstera.segments.steps import IN_BATCHES, SEGMENT_STEPS, SEGMENT_VIEWS

__all__ = ["IN_BATCHES", "SEGMENT_STEPS", "SEGMENT_VIEWS"]

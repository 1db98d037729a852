"""Monstera: raw product events to daily states, segments, metrics and alerts."""

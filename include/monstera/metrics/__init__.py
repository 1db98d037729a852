"""The metric layer: what metrics declare becomes values, kind by kind, in one long table."""

from monstera.metrics.check import check_metrics
from monstera.metrics.compute import compute

__all__ = ["check_metrics", "compute"]

"""The metric layer: every metric is one file of `sql/metrics/`, its values one long table."""

from monstera.metrics.catalog import ALL, Metric, metrics
from monstera.metrics.compute import compute

__all__ = ["ALL", "Metric", "compute", "metrics"]

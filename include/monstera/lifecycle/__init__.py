"""The lifecycle engine: states of users on the platform and in each product, day by day.

History is intervals, and one computation runs in two gears: a day computes the users it touches
from where they stand, a rebuild computes everybody from nothing, with the same files of `sql/`.
"""

from monstera.lifecycle.steps import LIFECYCLE_STEPS, LIFECYCLE_VIEWS

__all__ = ["LIFECYCLE_STEPS", "LIFECYCLE_VIEWS"]

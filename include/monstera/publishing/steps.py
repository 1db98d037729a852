"""The computation of a publish, file by file of `sql/`, in order: that of each room in turn."""

from monstera.accounts import ACCOUNT_STEPS
from monstera.cross_product import CROSS_PRODUCT_STEPS
from monstera.lifecycle import LIFECYCLE_STEPS, LIFECYCLE_VIEWS
from monstera.segments import IN_BATCHES, SEGMENT_STEPS, SEGMENT_VIEWS

STEPS = (
    *LIFECYCLE_STEPS,
    *SEGMENT_STEPS,
    *ACCOUNT_STEPS,
    *CROSS_PRODUCT_STEPS,
    "run/first_changed_day",
)
# what comes before and after the steps that a rebuild runs for a batch of users at a time
FIRST = STEPS[: STEPS.index(IN_BATCHES[0])]
THEN = STEPS[len(FIRST) + len(IN_BATCHES) :]
VIEWS = LIFECYCLE_VIEWS | SEGMENT_VIEWS

"""The computation of segments, file by file of `sql/`, in order; it follows that of users."""

# Runs of workflows, which the use across products reads too.
WORKFLOWS = (
    "run/workflow_events",
    "silver/user_workflow_events",
    "run/workflow_restarts",
    "run/workflow_runs",
    "silver/user_workflow_runs",
)
# What else is fresh, and whose segments it touches from when on.
COLLECT = (
    "run/feature_days",
    "silver/user_feature_days",
    "silver/user_feature_adoptions",
    "run/contacts",
    "run/invitation_changes",
    "silver/user_contacts",
    "run/segment_ages",
    "run/segment_restarts",
    "run/segment_ranges",
)
# The numbers that decide, and the values; of a rebuild for a batch of users at a time.
IN_BATCHES = (
    "run/segment_batch",
    "run/segment_last_day",
    "run/segment_windows",
    "run/segment_presence",
    "run/segment_seasons",
    "run/segment_facts",
    "run/segment_measures",
    "run/segment_values",
)
# What follows from them.
ADVANCE = (
    "run/segment_openings",
    "run/segment_changes",
    "silver/user_segment_spans",
    "run/value_changes",
    "silver/user_value_spans",
    "run/segment_cutoffs",
    "run/rank_restarts",
    "silver/segment_cutoffs",
    "run/rank_changes",
    "silver/rank_spans",
    "run/composite_restarts",
    "run/composite_changes",
    "silver/composite_spans",
    "run/segment_standings",
    "silver/user_segments",
)
SEGMENT_STEPS = WORKFLOWS + COLLECT + IN_BATCHES + ADVANCE
SEGMENT_VIEWS = {"run/segment_measures"}  # wider than all that it is made of

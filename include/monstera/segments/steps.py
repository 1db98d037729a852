"""The computation of segments, file by file of `sql/`, in order; it follows that of users."""

# Runs of workflows, which the use across products reads too.
WORKFLOWS = (
    "run/workflow_events",
    "silver/user_workflow_events",
    "run/workflow_restarts",
    "run/workflow_runs",
    "silver/user_workflow_runs",
)
SEGMENT_STEPS = WORKFLOWS

"""The computation of a publish, file by file of `sql/`, in order."""

# What is fresh, and who is touched by it.
COLLECT = (
    "run/absences",
    "run/rereads",
    "run/fresh_events",
    "run/activity_delta",
    "run/activation_delta",
    "silver/user_daily_activity",
    "silver/user_activation_events",
    "run/life_changes",
    "run/lives",
    "silver/user_lives",
    "run/attribute_spans",
    "run/attribute_changes",
    "silver/user_attributes",
    "run/payment_changes",
    "run/account_changes",  # accounts need the payment problems too
    "run/billing_facts",
    "run/contract_facts",  # the end of a subscription ends a problem
    "run/payment_problems",
    "run/dunning_spans",
    "silver/user_dunning_spans",
    "run/touched",
    "run/touched_activity",
)
# What the state machines say about them.
ADVANCE = (
    "run/openings",
    "run/scope_lives",
    "run/activity_breaks",
    "run/activity_spans",
    "run/pieces",
    "run/changes",
    "run/transitions",
    "run/activations",
    "run/balances",
    "run/count_deltas",
    "run/state_counts",
)
# What readers will see.
APPLY = (
    "silver/user_state_spans",
    "silver/user_state_transitions",
    "silver/user_states",
)
LIFECYCLE_STEPS = COLLECT + ADVANCE + APPLY
LIFECYCLE_VIEWS = {"run/billing_facts"}  # read where they are used, never stored

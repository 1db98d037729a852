"""The computation of accounts, file by file of `sql/`, in order; it follows that of segments."""

# What is known of accounts and members, and where it differs from what is published.
COLLECT = (
    "run/account_facts",
    "run/account_subscriptions",
    "run/account_fact_spans",
    "run/membership_changes",
    "run/account_members",
    "run/account_touched",
    "silver/account_facts",
    "silver/account_fact_spans",
    "silver/account_members",
    "run/account_ranges",
    "run/account_openings",
)
# What members did, counted by account and day, and what follows from it.
ADVANCE = (
    "run/account_activity",
    "run/account_events",
    "run/account_seats",
    "run/account_products",
    "run/account_admins",
    "run/account_measures",
    "run/account_signals",
    "run/account_days",
    "run/account_member_stretches",
    "run/account_member_counts",
    "silver/account_member_counts",
    "run/account_health",
    "run/account_transitions",
    "run/account_mrr_movements",
    "run/account_count_deltas",
    "run/account_counts",
)
# What readers will see.
APPLY = (
    "silver/account_days",
    "silver/account_health",
    "silver/account_state_transitions",
    "silver/account_mrr_movements",
)
ACCOUNT_STEPS = COLLECT + ADVANCE + APPLY

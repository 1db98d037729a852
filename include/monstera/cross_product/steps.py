"""The computation across products, file by file of `sql/`, in order; it follows that of users."""

# What touched users adopted, and by how much that changes the counts over all users.
ADVANCE = (
    "run/adoption_changes",
    "run/user_adoptions",
    "run/adoption_sequences",
    "run/product_pairs",
    "run/journey_changes",
    "run/product_switches",
)
# What readers will see.
APPLY = (
    "silver/user_adoptions",
    "silver/adoption_sequence_counts",
    "silver/product_pair_counts",
    "silver/user_journey_spans",
    "silver/user_product_switches",
)
CROSS_PRODUCT_STEPS = ADVANCE + APPLY

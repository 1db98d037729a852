/*
description: Adds what changed to the counts; a pair and day that nobody counts for any more goes.
*/
merge into product_pair_counts as known
using run.product_pairs as change
    on change.product_a = known.product_a and change.product_b = known.product_b
    and change.mature_on = known.mature_on
when matched and known.users + change.users = 0 then delete
when matched then update set
    users = known.users + change.users,
    co_adopters = known.co_adopters + change.co_adopters,
    days_between = known.days_between + change.days_between,
    retained = known.retained + change.retained
when not matched and change.users > 0 then insert values (
    change.mature_on, change.users, change.co_adopters, change.days_between, change.retained, change.product_a,
    change.product_b
);

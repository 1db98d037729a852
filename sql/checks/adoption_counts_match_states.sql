/*
description: Every adopter of a product counts once among its pairs, and every user with an adoption once among the sequences.
dataset: silver.product_pair_counts
severity: error
*/
select coalesce(s.scope, c.product_a) as counted_as, s.users as standing, c.users as counted
from (
    select scope, sum(users) as users
    from gold.user_state_counts
    where date = :as_of and scope <> 'platform'
    group by scope
) as s
full join (
    select product_a, sum(users) as users from product_pair_counts where product_b = '*' group by product_a
) as c on c.product_a = s.scope
where s.users is distinct from c.users
union all
select
    'sequences',
    sum(c.users) filter (where cardinality(c.product_sequence) = 1),
    sum(c.users_ending_here)
from adoption_sequence_counts as c
having
    sum(c.users) filter (where cardinality(c.product_sequence) = 1) is distinct from sum(c.users_ending_here)

/*
description: By how much the counts of pairs of products change, with the product * for all adopters of the first.
*/
with adoptions as (
    select 1 as users, user_id, adopted_on, is_retained, product_id from run.user_adoptions
    union all
    select -1, a.user_id, a.adopted_on, a.is_retained, a.product_id
    from user_adoptions as a
    inner join run.adoption_changes as c on c.user_id = a.user_id
),

pairs as (
    select
        a.users,
        a.adopted_on,
        a.is_retained,
        a.product_id as product_a,
        case when b.product_id = a.product_id then '*' else b.product_id end as product_b,
        b.adopted_on - a.adopted_on as days
    from adoptions as a
    inner join adoptions as b on b.user_id = a.user_id and b.users = a.users
)

select
    adopted_on + 90 as mature_on,
    sum(users) as users,
    coalesce(sum(users) filter (where days between 0 and 90), 0) as co_adopters,
    coalesce(sum(users * days) filter (where days between 0 and 90), 0) as days_between,
    coalesce(sum(users) filter (where days between 0 and 90 and is_retained), 0) as retained,
    product_a,
    product_b
from pairs
group by product_a, product_b, adopted_on

/*
description: By how much the counts of sequences change, for each first part of what a user adopted or had adopted.
*/
with adoptions as (
    select 1 as users, user_id, position, adopted_on, is_retained, product_id from run.user_adoptions
    union all
    select -1, a.user_id, a.position, a.adopted_on, a.is_retained, a.product_id
    from user_adoptions as a
    inner join run.adoption_changes as c on c.user_id = a.user_id
),

reached as (
    select
        users,
        is_retained,
        array_agg(product_id) over path as product_sequence,
        adopted_on - first_value(adopted_on) over path as days,
        lead(product_id) over path is null as is_last
    from adoptions
    window path as (partition by users, user_id order by position)
)

select
    sum(users) as users,
    coalesce(sum(users) filter (where is_last), 0) as users_ending_here,
    sum(users * days) as days_to_complete,
    coalesce(sum(users) filter (where is_retained is not null), 0) as mature_users,
    coalesce(sum(users) filter (where is_retained), 0) as retained_users,
    product_sequence
from reached
group by product_sequence

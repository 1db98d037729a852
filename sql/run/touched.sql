/*
description: Users to compute, and whether from the first day of their life (`is_replay`) or on from where they stand.
*/
with reasons as (
    select user_id, min(active_on) as from_on from run.activity_delta group by user_id
    union all
    select user_id, from_on from run.rereads
    union all
    select user_id, from_on from run.life_changes
    union all
    select user_id, from_on from run.payment_changes
    union all
    select user_id, min(next_change_on) from user_states where next_change_on <= :as_of group by user_id
)

select user_id, min(from_on) <= :previous_as_of as is_replay
from reasons
group by user_id

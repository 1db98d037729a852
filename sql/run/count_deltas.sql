/*
description: By how much the number of users in each state changes from which day on.
*/
with steps as (
    select scope, state, from_on as date, 1 as users from run.changes where state is not null
    union all
    select scope, previous_state, from_on, -1 from run.changes where previous_state is not null
    union all
    -- what the users who are computed anew counted for until now
    select s.scope, s.state, s.from_on, -1
    from user_state_spans as s
    inner join run.touched as t on t.user_id = s.user_id and t.is_replay
    union all
    select s.scope, s.state, s.to_on + 1, 1
    from user_state_spans as s
    inner join run.touched as t on t.user_id = s.user_id and t.is_replay
    where s.to_on < 'infinity'
)

select scope, state, date, sum(users)::bigint as users
from steps
where date <= :as_of
group by scope, state, date
having sum(users) <> 0

/*
description: The pieces at which something changes, with what was before and how long they last.
*/
with compared as (
    select
        p.*,
        lag(p.life_number) over scope as previous_life_number,
        lag(p.state) over scope as previous_state,
        lag(p.activity_state) over scope as previous_activity_state,
        lag(p.is_dunning) over scope as previous_is_dunning,
        lag(p.dunning_type) over scope as previous_dunning_type,
        lag(p.last_qualifying_on) over scope as previous_last_qualifying_on
    from run.pieces as p
    window scope as (partition by p.user_id, p.scope order by p.from_on, p.state nulls first)
),

changed as (
    select *
    from compared
    where from_on > '-infinity'
        and (state, activity_state, is_dunning, dunning_type, life_number) is distinct from (
            previous_state, previous_activity_state, previous_is_dunning, previous_dunning_type, previous_life_number
        )
)

select
    c.*,
    coalesce(lead(c.from_on) over (partition by c.user_id, c.scope order by c.from_on, c.state nulls first) - 1, 'infinity')
        as lasts_until
from changed as c

/*
description: >
  Every user with a change is in exactly one platform state on every day from signup on; product
  states have no gap within a life. Judged from the first change on: what was before is unchanged.
dataset: silver.user_state_history
severity: error
*/
with changed as (
    select user_id, scope, min(from_on) as first_on
    from run.changes
    group by user_id, scope
),

spans as (
    select
        s.user_id,
        s.scope,
        s.from_on,
        s.to_on,
        s.life_number,
        c.first_on,
        lag(s.to_on) over scope as previous_to_on,
        lag(s.life_number) over scope as previous_life_number,
        lead(s.from_on) over scope is null as is_last
    from changed as c
    inner join user_state_spans as s
        on s.user_id = c.user_id and s.scope = c.scope
    window scope as (partition by s.user_id, s.scope order by s.from_on)
)

select s.user_id, s.scope, s.from_on
from spans as s
left join user_lives as first_life on first_life.user_id = s.user_id and first_life.life_number = 1
where s.from_on >= s.first_on
    and (
        s.to_on < s.from_on
        or s.previous_to_on >= s.from_on
        or s.previous_to_on + 1 <> s.from_on and (s.scope = 'platform' or s.previous_life_number = s.life_number)
        or s.scope = 'platform' and s.previous_to_on is null and s.from_on is distinct from first_life.started_on
        or s.scope = 'platform' and s.is_last and s.to_on <> 'infinity'
    )

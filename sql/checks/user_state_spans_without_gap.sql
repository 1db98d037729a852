/*
description: >
  Of the users with a change, every one is in exactly one platform state on every day from signup
  on; product states have no gap within a life.
dataset: silver.user_state_history
severity: error
*/
with spans as (
    select
        s.user_id,
        s.scope,
        s.from_on,
        s.to_on,
        s.life_number,
        lag(s.to_on) over (partition by s.user_id, s.scope order by s.from_on) as previous_to_on,
        lag(s.life_number) over (partition by s.user_id, s.scope order by s.from_on) as previous_life_number,
        lead(s.from_on) over (partition by s.user_id, s.scope order by s.from_on) is null as is_last
    from user_state_spans as s
    where s.user_id in (select c.user_id from run.changes as c)
)

select s.user_id, s.scope, s.from_on
from spans as s
left join user_lives as first_life on first_life.user_id = s.user_id and first_life.life_number = 1
where s.to_on < s.from_on
    or s.previous_to_on >= s.from_on
    or s.previous_to_on + 1 <> s.from_on and (s.scope = 'platform' or s.previous_life_number = s.life_number)
    or s.scope = 'platform' and s.previous_to_on is null and s.from_on is distinct from first_life.started_on
    or s.scope = 'platform' and s.is_last and s.to_on <> 'infinity'

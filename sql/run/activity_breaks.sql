/*
description: >
  Qualifying days on which activity resumes after a gap, or begins: the only days from which a new
  run of the state machine starts. What the run before had reached is carried along.
*/
with days as (
    select user_id, scope, life_number, active_on, active_until, dormant_until, active_on as last_on
    from run.touched_activity
    where qualifying_events > 0 and scope <> 'platform'
    union all
    select user_id, 'platform', life_number, active_on, max(active_until), max(dormant_until), active_on
    from run.touched_activity
    where qualifying_events > 0
    group by user_id, life_number, active_on
    union all
    select
        user_id, scope, life_number, null, opening_active_until, opening_dormant_until, opening_last_qualifying_on
    from run.scope_lives
    where opening_active_until is not null
),

carried as (
    select
        user_id,
        scope,
        life_number,
        active_on,
        max(active_until) over earlier as active_before,
        max(dormant_until) over earlier as dormant_before,
        max(last_on) over earlier as last_before
    from days
    window earlier as (
        partition by user_id, scope, life_number order by active_on nulls first
        rows between unbounded preceding and 1 preceding
    )
)

select
    user_id,
    scope,
    life_number,
    active_on,
    active_before,
    dormant_before,
    last_before,
    lag(active_on) over run is null as is_first,
    lead(active_on) over run as next_break_on,
    lead(active_before) over run as run_active_until,
    lead(dormant_before) over run as run_dormant_until,
    lead(last_before) over run as run_last_on
from carried
where active_on is not null and (active_before is null or active_on - 1 > active_before)
window run as (partition by user_id, scope, life_number order by active_on)

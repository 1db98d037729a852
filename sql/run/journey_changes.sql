/*
description: >
  Where the stage of computed users' journeys changes, and until when it lasts: by how many products they have
  tried and are active in. A change without a stage says that a life ended.
*/
with steps as (
    select
        c.user_id,
        c.from_on,
        (c.state is not null)::integer - (c.previous_state is not null)::integer as tried,
        coalesce(c.state in ('active', 'reactivated'), false)::integer
        - coalesce(c.previous_state in ('active', 'reactivated'), false)::integer as active,
        0 as lives
    from run.changes as c
    where c.scope <> 'platform'
    union all
    select
        c.user_id, c.from_on, 0, 0,
        (c.state <> 'deleted')::integer - coalesce(c.previous_state <> 'deleted', false)::integer
    from run.changes as c
    where c.scope = 'platform'
),

carried_on as (
    select s.user_id, sum(s.tried) as tried, sum(s.active) as active, sum(s.lives) as lives
    from steps as s
    inner join run.touched as t on t.user_id = s.user_id and not t.is_replay
    where (s.tried, s.active, s.lives) <> (0, 0, 0)
        and :previous_as_of > '-infinity'  -- spares a rebuild, before which they stood nowhere
    group by s.user_id
),

-- where they stood before: where they stand now, less what has changed
openings as (
    select
        c.user_id,
        '-infinity'::date as from_on,
        (count(*) filter (where s.scope <> 'platform') - c.tried)::integer as tried,
        (count(*) filter (where s.scope <> 'platform' and s.state in ('active', 'reactivated')) - c.active)::integer
            as active,
        (count(*) filter (where s.scope = 'platform' and s.state <> 'deleted') - c.lives)::integer as lives
    from carried_on as c
    inner join user_states as s on s.user_id = c.user_id
    group by c.user_id, c.tried, c.active, c.lives
),

moves as (
    select * from steps
    union all
    select * from openings
),

days as (
    select user_id, from_on, sum(tried) as tried, sum(active) as active, sum(lives) as lives
    from moves
    group by user_id, from_on
    having (sum(tried), sum(active), sum(lives)) <> (0, 0, 0) or from_on = '-infinity'
),

standing as (
    select
        user_id,
        from_on,
        sum(tried) over journey as tried,
        sum(active) over journey as active,
        sum(lives) over journey as lives
    from days
    window journey as (partition by user_id order by from_on)
),

staged as (
    select
        user_id,
        from_on,
        case
            when lives = 0 then null
            when active >= 3 then 'platform'
            when active = 2 then 'multi'
            when tried >= 2 then 'explorer'
            else 'single'
        end as stage
    from standing
),

changed as (
    select user_id, from_on, stage, lag(stage) over (partition by user_id order by from_on) as previous_stage
    from staged
)

select
    from_on,
    coalesce(lead(from_on) over (partition by user_id order by from_on) - 1, 'infinity') as to_on,
    user_id,
    stage
from changed
where stage is distinct from previous_stage and from_on > '-infinity'

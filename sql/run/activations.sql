/*
description: >
  When each product that the computed users have was activated in the life at hand: the earliest
  time at which all events of one path had occurred, within its days from first access.
*/
with candidates as (
    select l.user_id, l.scope, l.life_number, l.started_on, l.started_at, l.window_to, p.path_number, p.event_types, p.timeframe_days
    from run.scope_lives as l
    inner join ref.activation_paths as p on p.product_id = l.scope
    where l.opening_activation_date is null and l.started_on + p.timeframe_days > :previous_as_of
        or l.is_replay
),

reached as (
    select c.user_id, c.scope, c.life_number, c.path_number, c.event_types, c.started_at, e.event_type,
        min(e.first_at) as first_at
    from candidates as c
    inner join user_activation_events as e
        on e.user_id = c.user_id
        and e.event_type = any(c.event_types)
        and e.occurred_on between c.started_on and least(c.started_on + c.timeframe_days, c.window_to)
    inner join ref.event_types as t on t.event_type = e.event_type
    -- a type without a product of its own counts for the product it was sent with
    where e.scope in (c.scope, 'platform') or t.product_id is not null
    group by c.user_id, c.scope, c.life_number, c.path_number, c.event_types, c.started_at, e.event_type
),

completed as (
    select user_id, scope, life_number, path_number, greatest(max(first_at), started_at) as completed_at
    from reached
    group by user_id, scope, life_number, path_number, started_at, event_types
    having count(*) = (select count(distinct event_type) from unnest(event_types) as event_type)
)

select user_id, scope, life_number, min(completed_at) as activation_date
from completed
group by user_id, scope, life_number

/*
description: >
  When users first came to each product, in every life, and when they activated it: the earliest time at which all
  events of one path had occurred, within its days. Of the accesses that can have led to an activation in the
  months that the days touch.
*/
with timeframes as (
    select product_id, max(timeframe_days) as days from ref.activation_paths group by product_id
),

accesses as (
    select
        t.user_id, t.scope, t.transition_on as accessed_on, t.transition_timestamp as accessed_at, life.ended_on, f.days
    from user_state_transitions as t
    inner join timeframes as f on f.product_id = t.scope
    inner join user_lives as life
        on life.user_id = t.user_id and t.transition_on >= life.started_on and t.transition_on < life.ended_on
    where t.from_state is null and t.transition_on <= :last
        and t.transition_on >= date_trunc('month', :first::timestamp)::date - 7 - (select max(days) from timeframes)
),

reached as (
    select
        a.user_id, a.scope, a.accessed_on, a.accessed_at, p.path_number, e.event_type,
        cardinality(array(select distinct unnest(p.event_types))) as needed,
        min(e.first_at) as first_at
    from accesses as a
    inner join ref.activation_paths as p on p.product_id = a.scope
    inner join user_activation_events as e
        on e.user_id = a.user_id and e.event_type = any(p.event_types)
        and e.occurred_on between a.accessed_on and least(a.accessed_on + p.timeframe_days, a.ended_on, :last::date)
    inner join ref.event_types as t on t.event_type = e.event_type
    -- a type without a product of its own counts for the product it was sent with
    where e.scope in (a.scope, 'platform') or t.product_id is not null
    group by a.user_id, a.scope, a.accessed_on, a.accessed_at, p.path_number, p.event_types, e.event_type
),

completed as (
    select user_id, scope, accessed_on, greatest(max(first_at), accessed_at) as completed_at
    from reached
    group by user_id, scope, accessed_on, accessed_at, path_number, needed
    having count(*) = needed
),

activated as (
    select user_id, scope, accessed_on, min(completed_at) as activated_at
    from completed
    group by user_id, scope, accessed_on
)

select
    a.user_id, a.scope, a.accessed_on, a.accessed_at, a.accessed_on + a.days as mature_on,
    d.activated_at, (d.activated_at at time zone l.business_time_zone)::date as activated_on
from accesses as a
left join activated as d on d.user_id = a.user_id and d.scope = a.scope and d.accessed_on = a.accessed_on
cross join ref.lifecycle as l

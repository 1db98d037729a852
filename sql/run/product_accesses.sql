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
        t.user_id, t.scope, t.transition_on as accessed_on, t.transition_timestamp as accessed_at, life.ended_on, f.days,
        s.user_id is not null as is_known, s.activation_date
    from user_state_transitions as t
    inner join timeframes as f on f.product_id = t.scope
    inner join user_lives as life
        on life.user_id = t.user_id and t.transition_on >= life.started_on and t.transition_on < life.ended_on
    left join user_states as s
        on s.user_id = t.user_id and s.scope = t.scope and s.life_number = life.life_number
    where t.from_state is null and t.transition_on <= :last
        and t.transition_on >= date_trunc('month', :first::timestamp)::date - 7 - (select max(days) from timeframes)
)

select
    a.user_id, a.scope, a.accessed_on, a.accessed_at, a.accessed_on + a.days as mature_on,
    activation.at as activated_at, (activation.at at time zone l.business_time_zone)::date as activated_on
from accesses as a
cross join ref.lifecycle as l
-- Of the life at hand it is known. The others are looked up access by access: a plan that joins them again for each
-- takes the square of their number.
cross join lateral (
    select min(greatest(path.completed_at, a.accessed_at)) as activated_at
    from (
        select happened.path_number, max(happened.first_at) as completed_at
        from (
            select p.path_number, p.event_types, e.event_type, min(e.first_at) as first_at
            from ref.activation_paths as p
            inner join user_activation_events as e
                on e.user_id = a.user_id and e.event_type = any(p.event_types)
                and e.occurred_on between a.accessed_on and least(a.accessed_on + p.timeframe_days, a.ended_on, :last::date)
            inner join ref.event_types as t on t.event_type = e.event_type
            where p.product_id = a.scope and not a.is_known
                -- a type without a product of its own counts for the product it was sent with
                and (e.scope in (a.scope, 'platform') or t.product_id is not null)
            group by p.path_number, p.event_types, e.event_type
        ) as happened
        group by happened.path_number, happened.event_types
        having count(*) = cardinality(array(select distinct unnest(happened.event_types)))
    ) as path
) as first
cross join lateral (select coalesce(a.activation_date, first.activated_at) as at) as activation

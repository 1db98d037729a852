/*
description: >
  Users who were active on the platform and in a product so many days before the snapshot date: the number of
  products they were active in, whether they are active on the platform now, and what is known of them up to
  that day. Their activity is that of the 30 dates which end with it.
*/
with there as (
    select user_id
    from user_state_spans
    where scope = 'platform' and :as_of - :horizon_days between from_on and to_on
        and activity_state in ('active', 'returning', 'reactivated')
),

products as (
    select user_id, count(*) as products
    from user_state_spans
    where scope <> 'platform' and :as_of - :horizon_days between from_on and to_on
        and state in ('active', 'reactivated')
    group by user_id
),

retained as (
    select user_id
    from user_state_spans
    where scope = 'platform' and :as_of between from_on and to_on
        and activity_state in ('active', 'returning', 'reactivated')
),

activity as (
    select user_id, sum(qualifying_events) as events, count(distinct active_on) as active_days
    from user_daily_activity
    where active_on > :as_of - :horizon_days - 30 and active_on <= :as_of - :horizon_days and qualifying_events > 0
    group by user_id
)

select
    t.user_id,
    least(p.products, 4)::integer as products,
    r.user_id is not null as is_retained,
    :as_of - :horizon_days - life.started_on as days_since_signup,
    coalesce(a.events, 0)::integer as events,
    coalesce(a.active_days, 0)::integer as active_days,
    attributes.plan_type,
    attributes.acquisition_source
from there as t
inner join products as p on p.user_id = t.user_id
inner join user_lives as life
    on life.user_id = t.user_id and :as_of - :horizon_days >= life.started_on
    and :as_of - :horizon_days < life.ended_on
left join retained as r on r.user_id = t.user_id
left join activity as a on a.user_id = t.user_id
left join user_attributes as attributes
    on attributes.user_id = t.user_id and :as_of - :horizon_days between attributes.from_on and attributes.to_on
order by t.user_id  -- so that the same users are matched however often it is computed

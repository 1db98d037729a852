/*
description: >
  Days from :since on with a qualifying event, each with the active day before and after it: of users on the platform,
  and in products where a metric counts by product. What was before somebody signed up does not count.
*/
with wanted as (
    select distinct formula ->> 'scope' as scope
    from ref.metrics
    where kind = 'distinct_active' and status <> 'retired'
),

activity as (
    select a.user_id, a.scope, a.active_on
    from user_daily_activity as a
    inner join user_lives as life
        on life.user_id = a.user_id and life.life_number = 1 and a.active_on >= life.started_on
    where a.active_on between :since and :last and a.qualifying_events > 0
        and exists (select from wanted)
),

days as (
    select distinct user_id, 'platform' as scope, active_on
    from activity
    union all
    select user_id, scope, active_on
    from activity
    where scope <> 'platform' and exists (select from wanted where scope = 'products')
)

select
    user_id,
    active_on,
    lag(active_on) over of_user as previous_on,
    lead(active_on) over of_user as next_on,
    scope
from days
window of_user as (partition by user_id, scope order by active_on)

/*
description: >
  How often users went from one product to another on the days with fresh events, the known events of these
  days included. Of one moment the products count in the order of their ids, as in the order of adoption.
*/
with used as (
    select user_id, active_on, scope from run.activity_delta
    where scope <> 'platform'
    union
    select a.user_id, a.active_on, a.scope
    from run.activity_delta as d
    inner join user_daily_activity as a on a.user_id = d.user_id and a.active_on = d.active_on
    where d.active_on <= :previous_as_of and a.scope <> 'platform'
),

days as (
    select user_id, active_on from used
    group by user_id, active_on
    having count(*) > 1
),

events as (
    select e.user_id, e.occurred_on, e.occurred_at, e.product_id
    from bronze.events as e
    where e.occurred_on > :previous_as_of and e.occurred_on <= :as_of and e.product_id is not null
    union all
    select e.user_id, e.occurred_on, e.occurred_at, e.product_id
    from bronze.events as e
    where e.occurred_on = any(array(select distinct active_on from days where active_on <= :previous_as_of))
        and e.occurred_on <= :previous_as_of and e.product_id is not null
),

moves as (
    select
        e.user_id,
        e.occurred_on,
        e.product_id <> lag(e.product_id) over (
            partition by e.user_id, e.occurred_on order by e.occurred_at, e.product_id
        ) as is_switch
    from events as e
    inner join days as d on d.user_id = e.user_id and d.active_on = e.occurred_on
    where not exists (
        select from run.absences as a
        where a.user_id = e.user_id and e.occurred_at >= a.excluded_from and e.occurred_at < a.restored_at
    )
)

select
    occurred_on as active_on,
    (count(*) filter (where is_switch))::integer as switches,
    user_id
from moves
group by user_id, occurred_on

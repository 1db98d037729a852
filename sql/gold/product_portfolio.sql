/*
description: How each product does beside the others, as of the last publication; users who are deleted do not count.
owner: product
grain: one row per product
key: [product_id]
columns:
  product_id: {type: text, description: Product.}
  users: {type: bigint, minimum: 0, description: Users of the platform.}
  adopters: {type: bigint, minimum: 0, description: Users who have adopted it.}
  adoption_rate: {type: numeric, nullable: true, minimum: 0, description: adopters / users.}
  active_users: {type: bigint, minimum: 0, description: Those who are active or reactivated in it.}
  mature_adopters: {type: bigint, minimum: 0, description: Adopters whose time to activate it is over.}
  activation_rate: {type: numeric, nullable: true, minimum: 0, description: 'Of the mature adopters: share that activated it in time; null: nobody, or no activation is defined.'}
  median_days_to_value: {type: numeric, nullable: true, minimum: 0, description: 'Median days from first access to activation, of those who activated it.'}
  churned_users: {type: bigint, minimum: 0, description: Adopters who are churned in it.}
  partially_churned_users: {type: bigint, minimum: 0, description: Those of them who are active on the platform all the same.}
  tried_once_users: {type: bigint, minimum: 0, description: Churned adopters without a qualifying event after the day of their first access.}
  tried_once_rate: {type: numeric, nullable: true, minimum: 0, description: tried_once_users / adopters.}
  events_share: {type: numeric, nullable: true, minimum: 0, description: 'Its share of all qualifying events in products in the last 30 dates; null: there are none.'}
*/
with usage as (
    select e.product_id, sum(e.qualifying_events) as events, sum(sum(e.qualifying_events)) over () as all_events
    from gold.events_daily as e
    inner join ref.scopes as s on s.scope = e.product_id and s.kind = 'product'
    inner join ops.current_publication as p on e.date between p.as_of - 29 and p.as_of
    group by e.product_id
),

timeframes as (
    select product_id, max(timeframe_days) as days from ref.activation_paths
    group by product_id
),

everybody as (
    select count(*) as users from user_states where scope = 'platform' and state <> 'deleted'
),

adoption as (
    select
        s.scope as product_id,
        count(*) as adopters,
        count(*) filter (where s.state in ('active', 'reactivated')) as active_users,
        count(*) filter (where s.started_on + t.days <= p.as_of) as mature_adopters,
        count(s.activation_date) filter (where s.started_on + t.days <= p.as_of) as mature_activated,
        percentile_cont(0.5) within group (order by extract(epoch from s.activation_date - s.started_at) / 86400)
            as days_to_value,
        count(*) filter (where s.state = 'churned') as churned_users,
        count(*) filter (
            where s.state = 'churned' and u.activity_state in ('active', 'returning', 'reactivated')
        ) as partially_churned_users,
        count(*) filter (
            where s.state = 'churned' and coalesce(s.last_qualifying_on, s.started_on) = s.started_on
        ) as tried_once_users
    from user_states as s
    inner join user_states as u on u.user_id = s.user_id and u.scope = 'platform'
    cross join ops.current_publication as p
    left join timeframes as t on t.product_id = s.scope
    where s.scope <> 'platform'
    group by s.scope
)

select
    q.scope as product_id,
    e.users,
    coalesce(a.adopters, 0) as adopters,
    coalesce(a.adopters, 0)::numeric / nullif(e.users, 0) as adoption_rate,
    coalesce(a.active_users, 0) as active_users,
    coalesce(a.mature_adopters, 0) as mature_adopters,
    a.mature_activated::numeric / nullif(a.mature_adopters, 0) as activation_rate,
    a.days_to_value::numeric as median_days_to_value,
    coalesce(a.churned_users, 0) as churned_users,
    coalesce(a.partially_churned_users, 0) as partially_churned_users,
    coalesce(a.tried_once_users, 0) as tried_once_users,
    a.tried_once_users::numeric / nullif(a.adopters, 0) as tried_once_rate,
    coalesce(g.events / nullif(g.all_events, 0), case when exists (select from usage) then 0 end) as events_share
from ref.scopes as q
cross join everybody as e
left join adoption as a on a.product_id = q.scope
left join usage as g on g.product_id = q.scope
where q.kind = 'product'

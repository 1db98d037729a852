/*
description: How far every product has spread at the end of each day, and where its adopters stand.
owner: product
grain: one row per product and date
key: [product_id, date]
columns:
  product_id: {type: text, description: Product.}
  date: {type: date, description: Business day.}
  adopters: {type: bigint, minimum: 0, description: Users who have used it.}
  never_adopted: {type: bigint, description: Users who have not.}
  new: {type: bigint, minimum: 0, description: Adopters without a qualifying event yet.}
  active: {type: bigint, minimum: 0, description: Active adopters.}
  dormant: {type: bigint, minimum: 0, description: Silent beyond the active days of the product.}
  churned: {type: bigint, minimum: 0, description: Silent beyond its churn days.}
  reactivated: {type: bigint, minimum: 0, description: Back on that day after being churned.}
  adoption_rate: {type: numeric, nullable: true, minimum: 0, description: 'Adopters per user, a fraction.'}
*/
with users as (
    select date, sum(users) as users
    from gold.user_state_counts
    where scope = 'platform' and state <> 'deleted'
    group by date
),

products as (
    select
        scope, date,
        sum(users) as adopters,
        coalesce(sum(users) filter (where state = 'new'), 0) as new,
        coalesce(sum(users) filter (where state = 'active'), 0) as active,
        coalesce(sum(users) filter (where state = 'dormant'), 0) as dormant,
        coalesce(sum(users) filter (where state = 'churned'), 0) as churned,
        coalesce(sum(users) filter (where state = 'reactivated'), 0) as reactivated
    from gold.user_state_counts
    where scope <> 'platform'
    group by scope, date
)

select
    p.scope as product_id,
    p.date,
    p.adopters::bigint as adopters,
    (u.users - p.adopters)::bigint as never_adopted,
    p.new::bigint as new,
    p.active::bigint as active,
    p.dormant::bigint as dormant,
    p.churned::bigint as churned,
    p.reactivated::bigint as reactivated,
    p.adopters / nullif(u.users, 0) as adoption_rate
from products as p
left join users as u on u.date = p.date

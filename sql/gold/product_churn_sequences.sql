/*
description: >
  How churn goes from product to product, as of the last publication: which product users churn from first in
  a life, and how soon those who still used another one then churn from that too, beside all users of it. A
  hazard is churns per user and 30 days at risk; null where fewer users are than
  support_minimum_users of lifecycle.yaml says (10).
owner: product
grain: one row per ordered pair of products
key: [first_product, next_product]
columns:
  first_product: {type: text, description: Product that users churned from first; of several on one day the first by id.}
  first_churns: {type: bigint, minimum: 0, description: Users (lives) who did.}
  first_churn_share: {type: numeric, nullable: true, minimum: 0, description: Their share of all first churns.}
  next_product: {type: text, description: Another product.}
  users_at_risk: {type: bigint, minimum: 0, description: Those of them who had adopted next_product and had not churned from it by that day.}
  next_churns: {type: bigint, minimum: 0, description: Those of them who churned from it afterwards.}
  median_days_to_next: {type: numeric, nullable: true, minimum: 0, description: 'Median days between the two churns, of those.'}
  hazard_30_days: {type: numeric, nullable: true, minimum: 0, description: next_churns per user and 30 days at risk.}
  baseline_hazard_30_days: {type: numeric, nullable: true, minimum: 0, description: 'The same of all users of next_product, from adoption on and after each return.'}
  hazard_ratio: {type: numeric, nullable: true, minimum: 0, description: 'hazard_30_days / baseline_hazard_30_days: above 1, churn from the first product announces churn from the next.'}
*/
with spans as (
    select
        s.user_id,
        s.life_number,
        s.scope,
        s.state,
        s.from_on,
        s.to_on,
        least(s.to_on, p.as_of) - s.from_on + 1 as days
    from user_state_spans as s
    cross join ops.current_publication as p
    where s.scope <> 'platform'
),

churns as (
    select user_id, life_number, scope, min(from_on) as churned_on
    from spans
    where state = 'churned'
    group by user_id, life_number, scope
),

firsts as (
    select distinct on (user_id, life_number) user_id, life_number, scope, churned_on
    from churns
    order by user_id, life_number, churned_on, scope
),

first_counts as (
    select scope, count(*) as churns, sum(count(*)) over () as all_churns
    from firsts
    group by scope
),

baselines as (
    select
        scope,
        count(*) filter (where state = 'churned') as churns,
        sum(days) filter (where state <> 'churned') as days
    from spans
    group by scope
),

at_risk as (
    select
        f.scope as first_product,
        s.scope as next_product,
        n.churned_on - f.churned_on as days_to_next,
        least(n.churned_on, life.ended_on, p.as_of + 1) - f.churned_on as days
    from firsts as f
    inner join spans as s
        on s.user_id = f.user_id and s.life_number = f.life_number
        and f.churned_on between s.from_on and s.to_on and s.state <> 'churned'
    inner join user_lives as life on life.user_id = f.user_id and life.life_number = f.life_number
    cross join ops.current_publication as p
    left join churns as n on n.user_id = f.user_id and n.life_number = f.life_number and n.scope = s.scope
),

counted as (
    select
        first_product,
        next_product,
        count(*) as users_at_risk,
        count(days_to_next) as next_churns,
        percentile_cont(0.5) within group (order by days_to_next) as days_to_next,
        sum(days) as days
    from at_risk
    group by first_product, next_product
),

rates as (
    select
        a.scope as first_product,
        coalesce(f.churns, 0) as first_churns,
        f.churns::numeric / f.all_churns as first_churn_share,
        b.scope as next_product,
        coalesce(c.users_at_risk, 0) as users_at_risk,
        coalesce(c.next_churns, 0) as next_churns,
        c.days_to_next::numeric as median_days_to_next,
        case when c.users_at_risk >= n.support_minimum_users then c.next_churns * 30.0 / nullif(c.days, 0) end as hazard,
        case when c.users_at_risk >= n.support_minimum_users then l.churns * 30.0 / nullif(l.days, 0) end as baseline
    from ref.scopes as a
    inner join ref.scopes as b on b.scope <> a.scope and b.kind = 'product'
    left join first_counts as f on f.scope = a.scope
    left join counted as c on c.first_product = a.scope and c.next_product = b.scope
    left join baselines as l on l.scope = b.scope
    cross join ref.lifecycle as n
    where a.kind = 'product'
)

select
    r.first_product,
    r.first_churns,
    r.first_churn_share,
    r.next_product,
    r.users_at_risk,
    r.next_churns,
    r.median_days_to_next,
    r.hazard as hazard_30_days,
    r.baseline as baseline_hazard_30_days,
    r.hazard / nullif(r.baseline, 0) as hazard_ratio
from rates as r

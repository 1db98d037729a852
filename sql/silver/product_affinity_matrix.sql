/*
description: >
  Which products go together, as of the last publication: for every ordered pair how many users adopted both
  and what association rules say of it (support, confidence, lift with its 95 % interval, by the delta method
  on the logarithm); and in time, of those who adopted product_a 90 days ago or earlier, how many adopted
  product_b on that day or in the 90 days after it. Null where fewer users stand behind a number than
  support_minimum_users of lifecycle.yaml says (10).
  Older users have adopted more of everything, so a lift above 1 alone says little.
owner: product
grain: one row per ordered pair of products
key: [product_a, product_b]
columns:
  product_a: {type: text, description: Product that is given.}
  product_b: {type: text, description: The other product.}
  users: {type: bigint, minimum: 0, description: Users of the platform who are not deleted.}
  users_a: {type: bigint, minimum: 0, description: Those of them who adopted product_a.}
  users_b: {type: bigint, minimum: 0, description: Those who adopted product_b.}
  users_both: {type: bigint, minimum: 0, description: 'Those who adopted both, in whatever order.'}
  support: {type: numeric, nullable: true, minimum: 0, description: 'users_both / users: share of all users who adopted both.'}
  confidence: {type: numeric, nullable: true, minimum: 0, description: 'users_both / users_a: share of the adopters of product_a who adopted product_b too.'}
  affinity_lift: {type: numeric, nullable: true, minimum: 0, description: 'confidence / (users_b / users): by how much likelier product_b is with product_a than without knowing of it; 1: not at all.'}
  affinity_lift_low: {type: numeric, nullable: true, minimum: 0, description: Lower end of its 95 % interval.}
  affinity_lift_high: {type: numeric, nullable: true, minimum: 0, description: Upper end of its 95 % interval.}
  mature_users_a: {type: bigint, minimum: 0, description: Adopters of product_a whose adoption is at least 90 days old.}
  co_adopters: {type: bigint, minimum: 0, description: Those of them who adopted product_b on that day or in the 90 days after it.}
  co_adoption_rate: {type: numeric, nullable: true, minimum: 0, description: co_adopters / mature_users_a.}
  is_asymmetric: {type: boolean, nullable: true, description: 'Whether the co-adoption rates of the two directions differ by more than chance (two-proportion test, 95 %).'}
  avg_days_between_adoptions: {type: numeric, nullable: true, minimum: 0, description: Mean number of days from the one adoption to the other of the co-adopters.}
  retention_both: {type: numeric, nullable: true, minimum: 0, description: Share of the co-adopters who were active on the platform 90 days after they adopted product_a.}
  retention_one: {type: numeric, nullable: true, minimum: 0, description: The same of the others among mature_users_a.}
  retention_lift: {type: numeric, nullable: true, description: 'retention_both / retention_one - 1. Whoever adopts a second product was still there to do so: this is no effect of it.'}
*/
with pairs as (
    select
        c.product_a,
        c.product_b,
        sum(c.users)::bigint as users,
        coalesce(sum(c.co_adopters) filter (where c.mature_on <= p.as_of), 0)::bigint as co_adopters,
        coalesce(sum(c.days_between) filter (where c.mature_on <= p.as_of), 0)::bigint as days_between,
        coalesce(sum(c.retained) filter (where c.mature_on <= p.as_of), 0)::bigint as retained
    from product_pair_counts as c
    cross join ops.current_publication as p
    group by c.product_a, c.product_b
),

everybody as (
    select coalesce(sum(c.users), 0)::bigint as users
    from gold.user_state_counts as c
    inner join ops.current_publication as p on p.as_of = c.date
    where c.scope = 'platform' and c.state <> 'deleted'
),

counted as (
    select
        a.scope as product_a,
        b.scope as product_b,
        everybody.users,
        coalesce(of_a.users, 0) as users_a,
        coalesce(of_b.users, 0) as users_b,
        coalesce(pair.users, 0) as users_both,
        coalesce(of_a.co_adopters, 0) as mature_users_a,
        coalesce(of_a.retained, 0) as retained_a,
        coalesce(pair.co_adopters, 0) as co_adopters,
        coalesce(pair.days_between, 0) as days_between,
        coalesce(pair.retained, 0) as retained_both
    from ref.scopes as a
    inner join ref.scopes as b on b.scope <> a.scope and b.kind = 'product'
    cross join everybody
    left join pairs as of_a on of_a.product_a = a.scope and of_a.product_b = '*'
    left join pairs as of_b on of_b.product_a = b.scope and of_b.product_b = '*'
    left join pairs as pair on pair.product_a = a.scope and pair.product_b = b.scope
    where a.kind = 'product'
),

associated as (
    select
        c.*,
        c.users_both >= l.support_minimum_users as is_supported,
        c.mature_users_a >= l.support_minimum_users as is_mature,
        c.co_adopters >= l.support_minimum_users as is_followed,
        c.mature_users_a - c.co_adopters >= l.support_minimum_users as is_compared,
        c.co_adopters::numeric / nullif(c.mature_users_a, 0) as rate,
        c.users_both::numeric * c.users / nullif(c.users_a * c.users_b, 0) as lift
    from counted as c
    cross join ref.lifecycle as l
),

measured as (
    select
        a.*,
        case when a.is_supported then
            1.959964 * sqrt(
                1.0 / a.users_both - 1.0 / a.users_a - 1.0 / a.users_b + (2 * a.lift - 1) / a.users
            )
        end as margin,
        a.rate * (1 - a.rate) / nullif(a.mature_users_a, 0) as variance,
        a.retained_both::numeric / nullif(a.co_adopters, 0) as with_both,
        (a.retained_a - a.retained_both)::numeric / nullif(a.mature_users_a - a.co_adopters, 0) as with_one
    from associated as a
)

select
    m.product_a,
    m.product_b,
    m.users,
    m.users_a,
    m.users_b,
    m.users_both,
    case when m.is_supported then m.users_both::numeric / m.users end as support,
    case when m.is_supported then m.users_both::numeric / m.users_a end as confidence,
    case when m.is_supported then m.lift end as affinity_lift,
    m.lift * exp(-m.margin) as affinity_lift_low,
    m.lift * exp(m.margin) as affinity_lift_high,
    m.mature_users_a,
    m.co_adopters,
    case when m.is_mature then m.rate end as co_adoption_rate,
    case when m.is_mature and back.is_mature
            then abs(m.rate - back.rate) > 1.959964 * sqrt(m.variance + back.variance)
    end as is_asymmetric,
    case when m.is_followed then m.days_between::numeric / m.co_adopters end as avg_days_between_adoptions,
    case when m.is_followed then m.with_both end as retention_both,
    case when m.is_compared then m.with_one end as retention_one,
    case when m.is_followed and m.is_compared then m.with_both / nullif(m.with_one, 0) - 1 end as retention_lift
from measured as m
inner join measured as back on back.product_a = m.product_b and back.product_b = m.product_a

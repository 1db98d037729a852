/*
description: >
  What every account is broken down by, as stretches of days: country and industry of its feed, and of the member who
  came first, from that day on, the plan and channel of their signup and the product that they came to first.
notes: Of several versions of one day the last one holds. An account without any has no row.
*/
with versions as (
    select a.account_id, days.from_on, days.to_on, a.country, a.industry
    from bronze.accounts as a
    cross join ref.lifecycle as l
    cross join lateral (
        select
            (a.valid_from at time zone l.business_time_zone)::date as from_on,
            (a.valid_to at time zone l.business_time_zone)::date - 1 as to_on
    ) as days
    where days.from_on <= days.to_on
),

newcomers as (
    select distinct on (m.account_id)
        m.account_id, m.user_id, l.started_on, greatest(m.from_on, l.started_on) as from_on
    from account_members as m
    inner join user_lives as l on l.user_id = m.user_id and l.life_number = 1
    where greatest(m.from_on, l.started_on) <= least(m.to_on, :last)
    order by m.account_id, greatest(m.from_on, l.started_on), l.started_at, m.user_id
),

founders as (
    select
        n.account_id, n.user_id, n.started_on, n.from_on,
        coalesce(s.life_number = 1 and s.state <> 'deleted', false) as is_in_first_life
    from newcomers as n
    left join user_states as s on s.user_id = n.user_id and s.scope = 'platform'
),

-- In a first life that goes on the engine knows the first access; the other founders are few and looked up one by one,
-- so that the length of history costs nothing.
first_products as (
    select distinct on (account_id) account_id, accessed_on as from_on, product_id
    from (
        select f.account_id, s.started_at as accessed_at, s.started_on as accessed_on, s.scope as product_id
        from founders as f
        inner join user_states as s on s.user_id = f.user_id
        where f.is_in_first_life and s.scope <> 'platform'
        union all
        select f.account_id, known.transition_timestamp, known.transition_on, known.scope
        from founders as f
        cross join lateral (
            select t.transition_timestamp, t.transition_on, t.scope
            from user_state_transitions as t
            where t.user_id = f.user_id and t.from_state is null and t.scope <> 'platform'
            order by t.transition_timestamp, t.scope
            limit 1
        ) as known
        where not f.is_in_first_life
    ) as accesses
    order by account_id, accessed_at, product_id
),

changes as (
    select account_id, from_on from versions
    union
    select account_id, from_on from founders
    union
    select f.account_id, greatest(p.from_on, f.from_on)
    from first_products as p
    inner join founders as f on f.account_id = p.account_id
),

stretches as (
    select
        account_id, from_on,
        coalesce(lead(from_on) over (partition by account_id order by from_on) - 1, 'infinity') as to_on
    from changes
)

select
    s.account_id, s.from_on, s.to_on, v.country, v.industry,
    a.plan_type as signup_plan, a.acquisition_source, p.product_id as first_product
from stretches as s
left join versions as v on v.account_id = s.account_id and s.from_on between v.from_on and v.to_on
left join founders as f on f.account_id = s.account_id and f.from_on <= s.from_on
left join user_attributes as a on a.user_id = f.user_id and f.started_on between a.from_on and a.to_on
left join first_products as p on p.account_id = f.account_id and p.from_on <= s.from_on

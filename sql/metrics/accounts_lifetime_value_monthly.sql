/*
description: >
  Mean recurring revenue of the accounts that pay at the end of a month, through the share of those that
  paid at its start and do not at its end, by what they are at that end or start.
*/
with months as (
    select date_trunc('month', c.date::timestamp)::date as date, max(c.date) as last_on
    from ref.calendar as c
    where c.date between date_trunc('month', :first::timestamp) and :last
    group by date_trunc('month', c.date::timestamp)
),

paying as (
    select m.date, d.account_id, d.date as attributes_on, d.mrr_reporting as revenue, null::integer as is_lost
    from months as m
    inner join account_days as d on d.date = m.last_on and d.mrr > 0
    union all
    select m.date, opening.account_id, opening.date, null, (closing.mrr = 0)::integer
    from months as m
    inner join account_days as opening on opening.date = m.date - 1 and opening.mrr > 0
    inner join account_days as closing on closing.account_id = opening.account_id and closing.date = m.last_on
)

select
    p.date, s.segment_key, s.segment_value, avg(p.revenue) / nullif(avg(p.is_lost), 0) as value,
    null::numeric as numerator, null::numeric as denominator
from paying as p
left join account_fact_spans as f on f.account_id = p.account_id and p.attributes_on between f.from_on and f.to_on
left join run.account_attributes as a on a.account_id = p.account_id and p.attributes_on between a.from_on and a.to_on
cross join lateral gold.account_segments_of(
    f.tier, null, null, null, null, a.signup_plan, a.acquisition_source, a.first_product
) as s
where s.segment_key in ('all', 'tier', 'signup_plan', 'acquisition_source', 'first_product')
group by p.date, s.segment_key, s.segment_value
having count(p.revenue) > 0 and count(p.is_lost) > 0

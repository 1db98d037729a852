/*
description: >
  Mean recurring revenue of the accounts that pay at the end of a month, through the share of those that
  paid at its start and do not at its end.
*/
with months as (
    select date_trunc('month', c.date::timestamp)::date as date, max(c.date) as last_on
    from ref.calendar as c
    where c.date between date_trunc('month', :first::timestamp) and :last
    group by date_trunc('month', c.date::timestamp)
),

ends as (
    select m.date, avg(d.mrr_reporting) as mean_revenue
    from months as m
    inner join account_days as d on d.date = m.last_on and d.mrr > 0
    group by m.date
),

churn as (
    select m.date, avg((closing.mrr = 0)::integer) as rate
    from months as m
    inner join account_days as opening on opening.date = m.date - 1 and opening.mrr > 0
    inner join account_days as closing on closing.account_id = opening.account_id and closing.date = m.last_on
    group by m.date
)

select
    e.date, 'all' as segment_key, 'all' as segment_value, e.mean_revenue / nullif(c.rate, 0) as value,
    null::numeric as numerator, null::numeric as denominator
from ends as e
inner join churn as c on c.date = e.date

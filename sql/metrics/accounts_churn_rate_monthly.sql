/*
description: >
  Share of the accounts neither churned nor deleted at the end of the month before that churned in the month, as far
  as it goes.
*/
with months as (
    select distinct month_start from ref.calendar where date between :first and :last
),

members as (
    select m.month_start, d.account_id
    from months as m
    inner join account_days as d on d.date = m.month_start - 1 and d.state not in ('churned', 'deleted')
),

churned as (
    select distinct c.month_start, t.account_id
    from account_state_transitions as t
    inner join ref.calendar as c on c.date = t.transition_on
    where t.to_state = 'churned' and c.month_start in (select month_start from months)
)

select
    m.month_start as date,
    'all' as segment_key,
    'all' as segment_value,
    count(c.account_id)::numeric / count(*) as value,
    count(c.account_id) as numerator,
    count(*) as denominator
from members as m
left join churned as c on c.month_start = m.month_start and c.account_id = m.account_id
group by m.month_start

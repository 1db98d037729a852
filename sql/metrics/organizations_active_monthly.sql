/*
description: >
  Accounts of which a member had an outcome that did not fail in the 30 dates that end with each day. An event counts
  for the account that the user belonged to on its day.
*/
with days as (
    select distinct m.account_id, e.occurred_on as date
    from bronze.events as e
    inner join account_members as m on m.user_id = e.user_id and e.occurred_on between m.from_on and m.to_on
    where e.occurred_on between :first::date - 29 and :last
        and e.event_type = any(array(select event_type from ref.event_types where category = 'outcome'))
        and not e.metadata @> '{"failed": true}'
),

stretches as (
    select date, least(date + 30, lead(date) over (partition by account_id order by date)) as until
    from days
),

changes as (
    select greatest(date, :first) as date, 1 as accounts
    from stretches
    where until > :first
    union all
    select until, -1
    from stretches
    where until > :first
)

select
    c.date, 'all' as segment_key, 'all' as segment_value, coalesce(sum(sum(x.accounts)) over (order by c.date), 0) as value,
    null::numeric as numerator, null::numeric as denominator
from ref.calendar as c
left join changes as x on x.date = c.date
where c.date between greatest(:first, (select min(created_on) from account_fact_spans)) and :last
group by c.date

/*
description: >
  Accounts of which a member had an outcome that did not fail in the 30 dates that end with each day. An event counts
  for the account that the user belonged to on its day, and for none that was deleted by then.
*/
with reach as (
    select greatest(:first::date, min(created_on)) as first_on from account_fact_spans
),

days as (
    select distinct m.account_id, e.occurred_on as date
    from bronze.events as e
    inner join account_members as m on m.user_id = e.user_id and e.occurred_on between m.from_on and m.to_on
    inner join user_lives as life
        on life.user_id = e.user_id and e.occurred_on >= life.started_on and e.occurred_at < life.ended_at
        and (life.life_number = 1 or e.occurred_at >= life.started_at)
    where e.occurred_on between :first::date - 29 and :last
        and e.event_type = any(array(select event_type from ref.event_types where category = 'outcome'))
        and not e.metadata @> '{"failed": true}'
        and not exists (
            select from account_fact_spans as f
            where f.account_id = m.account_id and f.is_deleted and e.occurred_on between f.from_on and f.to_on
        )
),

stretches as (
    select date, least(date + 30, lead(date) over (partition by account_id order by date)) as until
    from days
),

changes as (
    select greatest(s.date, r.first_on) as date, 1 as accounts
    from stretches as s
    inner join reach as r on s.until > r.first_on
    union all
    select s.until, -1
    from stretches as s
    inner join reach as r on s.until > r.first_on
)

select
    c.date, 'all' as segment_key, 'all' as segment_value, coalesce(sum(sum(x.accounts)) over (order by c.date), 0) as value,
    null::numeric as numerator, null::numeric as denominator
from reach as r
inner join ref.calendar as c on c.date between r.first_on and :last
left join changes as x on x.date = c.date
group by c.date

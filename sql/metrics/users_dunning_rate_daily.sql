/*
description: >
  Of the users who belong to a subscribed account at the end of each day, the share with an open payment problem, by
  differences: a user enters and leaves both counts with stretches of days.
*/
with paid as (
    select
        m.user_id,
        greatest(m.from_on, f.from_on, l.started_on) as from_on,
        least(m.to_on, f.to_on, l.ended_on - 1) as to_on
    from account_members as m
    inner join account_fact_spans as f
        on f.account_id = m.account_id and f.is_subscribed and f.from_on <= m.to_on and f.to_on >= m.from_on
    inner join user_lives as l on l.user_id = m.user_id and l.started_on <= m.to_on and l.ended_on > m.from_on
    where greatest(m.from_on, f.from_on, l.started_on) <= least(m.to_on, f.to_on, l.ended_on - 1)
        and m.from_on <= :last and m.to_on >= :first and f.from_on <= :last and f.to_on >= :first
        and l.started_on <= :last and l.ended_on > :first
),

stretches as (
    select from_on, to_on, 0 as in_dunning, 1 as users
    from paid
    union all
    select greatest(p.from_on, d.from_on), least(p.to_on, d.to_on), 1, 0
    from paid as p
    inner join user_dunning_spans as d on d.user_id = p.user_id and d.from_on <= p.to_on and d.to_on >= p.from_on
),

changes as (
    select greatest(from_on, :first) as date, in_dunning, users
    from stretches
    where to_on >= :first
    union all
    select to_on + 1, -in_dunning, -users
    from stretches
    where to_on >= :first and to_on < :last
),

days as (
    select
        c.date,
        sum(sum(x.in_dunning)) over (order by c.date) as in_dunning,
        sum(sum(x.users)) over (order by c.date) as users
    from ref.calendar as c
    left join changes as x on x.date = c.date
    where c.date between :first and :last
    group by c.date
)

select
    date, 'all' as segment_key, 'all' as segment_value, in_dunning::numeric / users as value,
    in_dunning as numerator, users as denominator
from days
where users > 0

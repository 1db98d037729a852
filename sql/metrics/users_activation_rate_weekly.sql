/*
name: Users Activation Rate Weekly
description: Share of the users who signed up in the week with a qualifying event within 7 days of signup.
unit: share
grain: week
matures_after_days: 7
good: up
owner: growth
notes: >
  A week is computed once its last signups have had their 7 days. A change on a day can reach back to
  those who signed up 7 days before.
*/
with weeks as (
    select distinct week_start
    from ref.calendar
    where date between :first::date - 7 and :last and week_start + 6 + 7 <= :last
        and week_start >= (
            select date_trunc('week', min(started_on))::date from user_lives where life_number = 1
        )
),

signups as (
    select
        w.week_start,
        l.user_id,
        exists (
            select 1 from user_daily_activity as a
            where a.user_id = l.user_id and a.qualifying_events > 0
                and a.active_on between l.started_on and least(l.started_on + 7, l.ended_on)
        ) as is_activated
    from weeks as w
    inner join user_lives as l on l.started_on between w.week_start and w.week_start + 6
    where l.life_number = 1
)

select
    w.week_start as date,
    count(*) filter (where s.is_activated)::numeric / nullif(count(s.user_id), 0) as value,
    count(*) filter (where s.is_activated) as numerator,
    count(s.user_id) as denominator
from weeks as w
left join signups as s on s.week_start = w.week_start
group by w.week_start

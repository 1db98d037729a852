/*
description: >
  Of those who first came to each product in a period, in their first life, the share with a qualifying event in it in
  the calendar period so many later: of all periods that have become mature, or that the days can still change.
*/
with wanted as (
    select metric_id, grain, ('1 ' || grain)::interval as length, (formula ->> 'periods')::integer as number
    from ref.metrics
    where kind = 'product_cohort' and status <> 'retired'
),

cells as (
    select w.metric_id, w.grain, p.date, p.next_on, later.from_on, later.to_on
    from wanted as w
    cross join lateral gold.periods(w.grain, (select min(started_on) from user_lives), :last) as p
    cross join lateral (
        select (p.date + w.number * w.length)::date as from_on, (p.next_on + w.number * w.length)::date - 1 as to_on
    ) as later
    where later.to_on between :first and :last
),

accesses as (
    select t.user_id, t.scope, t.transition_on as accessed_on, life.started_on
    from user_state_transitions as t
    inner join user_lives as life
        on life.user_id = t.user_id and life.life_number = 1
        and t.transition_on >= life.started_on and t.transition_on < life.ended_on
    where t.from_state is null and t.scope <> 'platform'
        and t.transition_on >= (select min(date) from cells) and t.transition_on < (select max(next_on) from cells)
),

members as (
    select
        c.metric_id, c.grain, c.date, a.scope,
        exists(
            select from user_daily_activity as d
            where d.user_id = a.user_id and d.scope = a.scope and d.qualifying_events > 0
                and d.active_on between c.from_on and c.to_on and d.active_on >= a.started_on
        ) as is_retained
    from cells as c
    inner join accesses as a on a.accessed_on >= c.date and a.accessed_on < c.next_on
)

select
    metric_id, date, grain, 'product' as segment_key, scope as segment_value,
    count(*) filter (where is_retained)::numeric / count(*) as value,
    count(*) filter (where is_retained) as numerator,
    count(*) as denominator
from members
group by metric_id, date, grain, scope

/*
description: >
  By how much the sliding windows of qualifying activity change from day to day, where more than the snapshot
  date is computed. The first of these days holds all that its windows contain.
*/
with days as (
    select r.user_id, r.life_number, r.from_on, r.to_on, a.active_on, sum(a.qualifying_events)::integer as events
    from run.segment_batch as r
    inner join user_daily_activity as a
        on a.user_id = r.user_id
        and a.active_on > r.from_on - 90 and a.active_on >= r.started_on and a.active_on <= r.to_on
    where a.qualifying_events > 0 and r.from_on < :as_of
    group by r.user_id, r.life_number, r.from_on, r.to_on, a.active_on
),

counted as (
    select d.user_id, d.life_number, d.events, d.from_on as on_day, a.*
    from days as d
    inner join run.segment_ages as a on a.age = d.from_on - d.active_on
    where not a.is_change
    union all
    select d.user_id, d.life_number, d.events, d.active_on + a.age, a.*
    from days as d
    inner join run.segment_ages as a on d.active_on + a.age > d.from_on and d.active_on + a.age <= d.to_on
    where a.is_change
)

select
    user_id,
    life_number,
    on_day,
    sum(events * days_30)::integer as events_30,
    sum(events * days_60)::integer as events_60,
    sum(days_30)::integer as days_30,
    sum(days_60)::integer as days_60,
    sum(days_90)::integer as days_90,
    sum(days_until_silent)::integer as days_until_silent,
    sum(days_while_silent)::integer as days_while_silent,
    sum(days_until_lost)::integer as days_until_lost,
    sum(weeks) as weeks
from counted
group by user_id, life_number, on_day

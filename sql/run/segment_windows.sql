/*
description: >
  By how much the sliding windows of qualifying activity change from day to day: a day counts in a
  window by its age, so it enters at one age and leaves at another. The first day of a range holds all
  that its windows contain.
*/
with days as (
    select r.user_id, r.life_number, r.from_on, r.to_on, a.active_on, sum(a.qualifying_events) as events
    from run.segment_ranges as r
    inner join user_daily_activity as a
        on a.user_id = r.user_id
        and a.active_on > r.from_on - 90 and a.active_on >= r.started_on and a.active_on <= r.to_on
    where a.qualifying_events > 0
    group by r.user_id, r.life_number, r.from_on, r.to_on, a.active_on
),

edges as (
    select 7 * week as age from generate_series(0, 12) as week
    union
    select unnest(array[30, 60, 90, silent_from_days, silent_to_days + 1, lost_days]) from ref.segment_settings
),

ages as (
    select user_id, life_number, from_on as on_day, from_on - active_on as age, 1 as sign, events
    from days
    where active_on <= from_on
    union all
    select d.user_id, d.life_number, d.active_on + e.age, e.age + side.shift, side.sign, d.events
    from days as d
    inner join edges as e on d.active_on + e.age > d.from_on and d.active_on + e.age <= d.to_on
    cross join (values (0, 1), (-1, -1)) as side (shift, sign)
    where d.to_on > d.from_on
)

select
    a.user_id,
    a.life_number,
    a.on_day,
    sum(a.sign * a.events) filter (where a.age between 0 and 29) as events_30,
    sum(a.sign * a.events) filter (where a.age between 30 and 59) as events_60,
    sum(a.sign) filter (where a.age between 0 and 29) as days_30,
    sum(a.sign) filter (where a.age between 30 and 59) as days_60,
    sum(a.sign) filter (where a.age between 60 and 89) as days_90,
    sum(a.sign) filter (where a.age between 0 and s.silent_from_days - 1) as days_until_silent,
    sum(a.sign) filter (where a.age between 0 and s.silent_to_days) as days_while_silent,
    sum(a.sign) filter (where a.age between 0 and s.lost_days - 1) as days_until_lost,
    -- an octal digit for each of twelve blocks of 7 days, which has at most 7 active days
    sum(a.sign * (1::bigint << (3 * (a.age / 7)))) filter (where a.age between 0 and 83) as weeks
from ages as a
cross join ref.segment_settings as s
group by a.user_id, a.life_number, a.on_day

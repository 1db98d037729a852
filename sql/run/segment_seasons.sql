/*
description: >
  Stretches of days in whose 90-day window a calendar month has activity, and whether that month was
  active a year earlier too, with a long silence between the two.
*/
with months as (
    select
        r.user_id,
        r.life_number,
        date_trunc('month', a.active_on::timestamp)::date as month,
        min(a.active_on) as first_on,
        max(a.active_on) as last_on
    from run.segment_batch as r
    inner join user_daily_activity as a
        on a.user_id = r.user_id
        and a.active_on >= date_trunc('month', r.from_on::timestamp) - interval '17 months'
        and a.active_on >= r.started_on and a.active_on <= r.to_on
    where a.qualifying_events > 0
        and r.started_on < r.to_on - 330  -- who is there for a year can have a season
    group by r.user_id, r.life_number, date_trunc('month', a.active_on::timestamp)
),

gaps as (
    select *, first_on - lag(last_on) over (partition by user_id, life_number order by month) - 1 as silent_days
    from months
),

compared as (
    select
        user_id, life_number, first_on, last_on,
        max(silent_days) over (
            partition by user_id, life_number order by month::timestamp
            range between interval '11 months' preceding and current row
        ) as longest_silence,
        count(*) over (
            partition by user_id, life_number order by month::timestamp
            range between interval '12 months' preceding and interval '12 months' preceding
        ) > 0 as is_repeated
    from gaps
)

select
    c.user_id,
    c.life_number,
    c.first_on as from_on,
    c.last_on + 89 as to_on,
    c.is_repeated and c.longest_silence >= s.seasonal_silent_days as is_season
from compared as c
cross join ref.segment_settings as s

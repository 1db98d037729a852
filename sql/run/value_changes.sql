/*
description: >
  What users are ranked by on each active day to compute: their events of the 90 days up to it, and of
  their life so far; nothing at the start of a life, and no value once nobody lives any more.
*/
with openings as (
    select r.user_id, v.lifetime_events
    from run.segment_restarts as r
    inner join user_value_spans as v on v.user_id = r.user_id and v.from_on < r.from_on and v.to_on >= r.from_on - 1
),

days as (
    select r.user_id, r.life_number, r.started_on, r.from_on, a.active_on, sum(a.qualifying_events) as events
    from run.segment_ranges as r
    inner join user_daily_activity as a
        on a.user_id = r.user_id
        and a.active_on > r.from_on - 90 and a.active_on >= r.started_on and a.active_on <= r.to_on
    where a.qualifying_events > 0 and r.from_on < :as_of
    group by r.user_id, r.life_number, r.started_on, r.from_on, a.active_on
),

counted as (
    select
        user_id, started_on, from_on, active_on,
        sum(events) over (
            partition by user_id, life_number order by active_on - date '2000-01-01'
            range between 89 preceding and current row
        ) as recent_events,
        sum(events) filter (where active_on >= from_on) over (
            partition by user_id, life_number order by active_on
        ) as added_events
    from days
    union all
    select d.user_id, r.started_on, d.on_day, d.on_day, d.recent_events, d.events_today
    from run.segment_last_day as d
    inner join run.segment_ranges as r on r.user_id = d.user_id and r.life_number = d.life_number
    where d.events_today > 0
),

changes as (
    select
        c.user_id,
        c.active_on as from_on,
        c.recent_events,
        c.added_events + case when c.from_on > c.started_on then coalesce(o.lifetime_events, 0) else 0 end
            as lifetime_events
    from counted as c
    left join openings as o on o.user_id = c.user_id
    where c.active_on >= c.from_on
    union all
    select r.user_id, r.from_on, 0, 0
    from run.segment_ranges as r
    where r.from_on = r.started_on
        and not exists (select from counted as c where c.user_id = r.user_id and c.active_on = r.from_on)
    union all
    select user_id, from_on, null, null
    from run.segment_changes
    where dimension = 'journey_stage' and value is null
)

select
    user_id,
    from_on,
    coalesce(lead(from_on) over (partition by user_id order by from_on) - 1, 'infinity') as lasts_until,
    recent_events,
    lifetime_events
from changes

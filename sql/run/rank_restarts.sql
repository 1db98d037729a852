/*
description: >
  Users whose rank is looked at, and from which day on: those whose history is computed again, who have
  other events or another state, and from the first day on which the ranks begin elsewhere than known, or than
  on the day before, all who have as many events as lie between where they begin now and where they began.
*/
with compared as (
    select
        fresh.date,
        fresh.high_value_events::numeric as fresh_high,
        known.high_value_events::numeric as known_high,
        fresh.low_value_events::numeric as fresh_low,
        known.low_value_events::numeric as known_low
    from run.segment_cutoffs as fresh
    left join silver.segment_cutoffs as known on known.date = least(fresh.date, :previous_as_of)
    where (fresh.high_value_events, fresh.low_value_events)
        is distinct from (known.high_value_events, known.low_value_events)
),

-- Where nobody is among the top, the ranks begin above everybody; where nobody is at the bottom, below.
moved as (
    select
        min(date) as from_on,
        min(least(fresh_high, known_high)) as lowest_high,
        max(greatest(coalesce(fresh_high, 'infinity'), coalesce(known_high, 'infinity'))) as highest_high,
        min(least(coalesce(fresh_low, -1), coalesce(known_low, -1))) as lowest_low,
        max(greatest(fresh_low, known_low)) as highest_low
    from compared
)

select user_id, min(from_on) as from_on
from (
    select user_id, from_on from run.segment_restarts where is_late
    union all
    select user_id, from_on from run.value_changes
    union all
    select user_id, greatest(from_on, :previous_as_of + 1) from run.changes where scope = 'platform'
    union all
    select s.user_id, m.from_on
    from moved as m
    inner join user_value_spans as s
        on s.to_on >= m.from_on
        and (
            s.recent_events >= m.lowest_high and s.recent_events < m.highest_high
            or s.lifetime_events > m.lowest_low and s.lifetime_events <= m.highest_low
        )
) as reasons
group by user_id

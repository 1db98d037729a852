/*
description: >
  Users whose rank is looked at, and from which day on: those whose history is computed again, who have
  other events or another state, and all from the first day on which the ranks begin elsewhere than known,
  or than on the day before.
*/
with moved as (
    select min(fresh.date) as from_on
    from run.segment_cutoffs as fresh
    left join silver.segment_cutoffs as known on known.date = least(fresh.date, :previous_as_of)
    where (fresh.high_value_events, fresh.low_value_events)
        is distinct from (known.high_value_events, known.low_value_events)
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
    inner join user_value_spans as s on s.to_on >= m.from_on
) as reasons
group by user_id

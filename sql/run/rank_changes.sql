/*
description: >
  Every change of being in a segment by rank: where a state, what the user is ranked by, and where the
  ranks begin go together. No value says that it ends.
*/
with numbered as (
    select
        date, high_value_events, low_value_events,
        date - row_number() over (partition by high_value_events, low_value_events order by date)::integer as stretch
    from silver.segment_cutoffs
    where date >= (select min(from_on) from run.rank_restarts)
),

cutoffs as (
    select
        high_value_events, low_value_events, min(date) as from_on,
        case when max(date) = :as_of then 'infinity' else max(date) end as to_on
    from numbered
    group by high_value_events, low_value_events, stretch
),

held as materialized (
    select
        r.user_id,
        s.activity_state,
        v.recent_events,
        v.lifetime_events,
        greatest(s.from_on, v.from_on, r.from_on) as from_on,
        least(s.to_on, v.to_on) as to_on
    from run.rank_restarts as r
    inner join user_state_spans as s
        on s.user_id = r.user_id and s.scope = 'platform' and s.to_on >= r.from_on and s.from_on <= :as_of
    inner join user_value_spans as v
        on v.user_id = r.user_id and v.to_on >= greatest(s.from_on, r.from_on) and v.from_on <= s.to_on
    cross join (
        select min(high_value_events) as high_value_events, max(low_value_events) as low_value_events from cutoffs
    ) as widest
    where case s.activity_state
        when 'churned' then v.lifetime_events <= widest.low_value_events
        else v.recent_events >= widest.high_value_events
    end
),

pieces as (
    select
        h.user_id,
        segment.id as dimension,
        greatest(h.from_on, c.from_on) as from_on,
        least(h.to_on, c.to_on) as to_on
    from held as h
    inner join cutoffs as c on c.to_on >= h.from_on and c.from_on <= h.to_on
    cross join lateral (
        select case
            when h.activity_state = 'churned' and h.lifetime_events <= c.low_value_events then 'low_value_churned'
            when h.activity_state = 'dormant' and h.recent_events >= c.high_value_events then 'high_value_dormant'
            when h.activity_state in ('active', 'returning', 'reactivated')
                and h.recent_events >= c.high_value_events then 'high_value_active'
        end as id
    ) as segment
    where segment.id is not null
),

starts as (
    select
        *,
        coalesce(lag(to_on) over (partition by user_id, dimension order by from_on), '-infinity') < from_on - 1 as is_start
    from pieces
),

stretches as (
    select user_id, dimension, min(from_on) as from_on, max(to_on) as to_on
    from (
        select *, count(*) filter (where is_start) over (partition by user_id, dimension order by from_on) as stretch
        from starts
    ) as numbered_stretches
    group by user_id, dimension, stretch
),

openings as (
    select s.user_id, s.dimension, r.from_on
    from run.rank_restarts as r
    inner join user_segment_spans as s
        on s.user_id = r.user_id and s.from_on < r.from_on and s.to_on >= r.from_on - 1
        and s.dimension in ('high_value_active', 'high_value_dormant', 'low_value_churned')
),

-- Who begins where they stood already changes nothing; who stood and begins nowhere leaves.
begins as (
    select user_id, dimension, from_on, 1 as stands from stretches
    union all
    select user_id, dimension, from_on, -1 from openings
),

changes as (
    select user_id, dimension, from_on, case when sum(stands) > 0 then dimension end as value
    from begins
    group by user_id, dimension, from_on
    having sum(stands) <> 0
    union all
    select user_id, dimension, to_on + 1, null from stretches where to_on < :as_of
)

select
    user_id,
    dimension,
    value,
    from_on,
    coalesce(lead(from_on) over (partition by user_id, dimension order by from_on) - 1, 'infinity') as lasts_until
from changes

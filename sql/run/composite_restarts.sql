/*
description: >
  Lives whose composite segment is looked at, and from which day on: where a dimension changed, now or
  so many days ago as a condition says, at the boundaries of a journey, and where history is computed
  again.
*/
with reasons as (
    select user_id, from_on from run.segment_restarts where is_late
    union all
    select user_id, from_on from run.segment_changes
    union all
    select s.user_id, greatest(s.from_on + c.days_ago, :previous_as_of + 1)
    from ref.composite_conditions as c
    inner join user_segment_spans as s
        on s.dimension = c.dimension
        and s.from_on > :previous_as_of - c.days_ago and s.from_on <= :as_of - c.days_ago
    where c.days_ago > 0
    union all
    select life.user_id, :previous_as_of + 1
    from user_lives as life
    inner join ref.journey_boundaries as b
        on life.started_on + b.day > :previous_as_of and life.started_on + b.day <= :as_of
    where exists (select from ref.segment_settings)
),

users as (
    select user_id, min(from_on) as from_on
    from reasons
    group by user_id
)

select
    u.user_id,
    life.life_number,
    life.started_on,
    greatest(life.started_on, u.from_on) as from_on,
    least(life.ended_on - 1, :as_of) as to_on
from users as u
inner join user_lives as life on life.user_id = u.user_id
where greatest(life.started_on, u.from_on) <= least(life.ended_on - 1, :as_of)

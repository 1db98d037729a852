/*
description: >
  Users whose segments or states changed have exactly one value of every dimension on each day of their lives,
  and one composite segment or none.
dataset: silver.user_segment_spans
severity: error
*/
with users as (
    select user_id from run.segment_changes
    union
    select user_id from run.changes where scope = 'platform'
),

dimensions as (
    select distinct dimension from ref.segments where dimension <> 'memberships'
),

lived as (
    select life.user_id, sum(least(life.ended_on, :as_of::date + 1) - life.started_on) as days
    from users as u
    inner join user_lives as life on life.user_id = u.user_id
    group by life.user_id
),

spans as (
    select
        s.user_id, s.dimension, s.from_on, least(s.to_on, :as_of) as to_on,
        lag(s.to_on) over (partition by s.user_id, s.dimension order by s.from_on) as previous_to_on
    from users as u
    inner join user_segment_spans as s on s.user_id = u.user_id
),

segmented as (
    select
        user_id,
        dimension,
        sum(to_on - from_on + 1) as days,
        bool_or(previous_to_on >= from_on) as overlap
    from spans
    group by user_id, dimension
)

select u.user_id, d.dimension, coalesce(l.days, 0) as days_lived, coalesce(s.days, 0) as days_segmented, s.overlap
from users as u
cross join dimensions as d
left join lived as l on l.user_id = u.user_id
left join segmented as s on s.user_id = u.user_id and s.dimension = d.dimension
where coalesce(l.days, 0) <> coalesce(s.days, 0) or s.overlap

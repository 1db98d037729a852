/*
description: >
  The values that composite segments look back at: of each such dimension the user's value so many days before
  the day, within the life of the day; null where they were not there yet.
*/
with life as (
    select started_on
    from user_lives
    where user_id = :user_id and started_on <= :day and ended_on > :day
    order by life_number desc
    limit 1
)

select distinct c.dimension, c.days_ago, s.value
from ref.composite_conditions as c
cross join life as l
left join user_segment_spans as s
    on s.user_id = :user_id and s.dimension = c.dimension and s.from_on >= l.started_on
    and :day - c.days_ago between s.from_on and s.to_on
where c.days_ago > 0
order by c.dimension, c.days_ago

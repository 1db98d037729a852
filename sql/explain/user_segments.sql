/*
description: >
  The user's segments at the end of the day, since when, and what each says; a composite segment by its
  rule. Segments by state come last.
*/
select
    s.dimension,
    s.value,
    s.from_on as since,
    coalesce(d.rule, d.definition) as definition
from user_segment_spans as s
left join ref.segments as d
    on d.value = s.value and d.dimension = case when s.dimension = s.value then 'memberships' else s.dimension end
where s.user_id = :user_id and s.from_on <= :day and s.to_on >= :day
order by s.dimension = s.value, s.dimension <> 'composite_segment', s.dimension

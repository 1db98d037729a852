/*
description: Where a user whose segments changed stands is the last entry of their history.
dataset: silver.user_segments
severity: error
*/
with users as (
    select distinct user_id from run.segment_changes
),

standing as (
    select s.user_id, v.dimension, v.value
    from users as u
    inner join user_segments as s on s.user_id = u.user_id
    cross join lateral (
        values
        ('engagement_intensity', s.engagement_intensity),
        ('value_realization', s.value_realization),
        ('product_breadth', s.product_breadth),
        ('journey_stage', s.journey_stage),
        ('feature_adoption', s.feature_adoption),
        ('collaboration_type', s.collaboration_type),
        ('temporal_pattern', s.temporal_pattern),
        ('composite_segment', s.composite_segment)
    ) as v (dimension, value)
    union all
    select s.user_id, m.id, m.id
    from users as u
    inner join user_segments as s on s.user_id = u.user_id
    cross join lateral unnest(s.memberships || s.ranks) as m (id)
),

history as (
    select s.user_id, s.dimension, s.value
    from users as u
    inner join user_segment_spans as s on s.user_id = u.user_id
    where s.to_on = 'infinity'
)

select coalesce(s.user_id, h.user_id) as user_id, coalesce(s.dimension, h.dimension) as dimension,
    s.value as standing, h.value as in_history
from standing as s
full join history as h on h.user_id = s.user_id and h.dimension = s.dimension
where s.value is distinct from h.value

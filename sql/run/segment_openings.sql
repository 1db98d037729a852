/*
description: >
  Where users stood on the day before the days to compute: as last published, or for those who go back
  further, as the history says.
*/
select
    s.user_id,
    s.engagement_intensity,
    s.value_realization,
    s.product_breadth,
    s.journey_stage,
    s.feature_adoption,
    s.collaboration_type,
    s.temporal_pattern,
    s.memberships
from run.segment_restarts as r
inner join user_segments as s on s.user_id = r.user_id
where not r.is_late
union all
select
    s.user_id,
    max(s.value) filter (where s.dimension = 'engagement_intensity'),
    max(s.value) filter (where s.dimension = 'value_realization'),
    max(s.value) filter (where s.dimension = 'product_breadth'),
    max(s.value) filter (where s.dimension = 'journey_stage'),
    max(s.value) filter (where s.dimension = 'feature_adoption'),
    max(s.value) filter (where s.dimension = 'collaboration_type'),
    max(s.value) filter (where s.dimension = 'temporal_pattern'),
    coalesce(array_agg(s.value) filter (
        where s.dimension = s.value and s.dimension not in ('high_value_active', 'high_value_dormant', 'low_value_churned')
    ), '{}')
from run.segment_restarts as r
inner join user_segment_spans as s
    on s.user_id = r.user_id and s.from_on < r.from_on and s.to_on >= r.from_on - 1
where r.is_late
group by s.user_id

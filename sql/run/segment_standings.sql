/*
description: Where the computed users stand at the end of the snapshot date; those who are gone stand nowhere.
*/
with latest as (
    select distinct on (user_id) *
    from run.segment_values
    order by user_id, on_day desc
),

composites as (
    select s.user_id, s.value
    from user_segment_spans as s
    where s.dimension = 'composite_segment' and s.to_on = 'infinity'
        and s.user_id in (select user_id from run.composite_restarts)
),

-- Whose rank was not looked at keeps it.
ranks as (
    select r.user_id, coalesce(array_agg(s.value order by s.value) filter (where s.value is not null), '{}') as ranks
    from run.rank_restarts as r
    left join user_segment_spans as s
        on s.user_id = r.user_id and s.to_on = 'infinity'
        and s.dimension in ('high_value_active', 'high_value_dormant', 'low_value_churned')
    group by r.user_id
),

users as (
    select user_id from run.segment_restarts
    union
    select user_id from run.rank_changes
    union
    select user_id from composites
)

select
    u.user_id,
    life.user_id is not null as is_there,
    coalesce(latest.started_on, s.started_on) as started_on,
    coalesce(latest.features_used, s.features_used) as features_used,
    coalesce(latest.advanced_days, s.advanced_days) as advanced_days,
    coalesce(latest.engagement_intensity, s.engagement_intensity) as engagement_intensity,
    coalesce(latest.value_realization, s.value_realization) as value_realization,
    coalesce(latest.product_breadth, s.product_breadth) as product_breadth,
    coalesce(latest.journey_stage, s.journey_stage) as journey_stage,
    coalesce(latest.feature_adoption, s.feature_adoption) as feature_adoption,
    coalesce(latest.collaboration_type, s.collaboration_type) as collaboration_type,
    coalesce(latest.temporal_pattern, s.temporal_pattern) as temporal_pattern,
    coalesce(c.value, s.composite_segment) as composite_segment,
    coalesce(latest.memberships, s.memberships) as memberships,
    coalesce(ranks.ranks, s.ranks, '{}') as ranks
from users as u
left join user_lives as life on life.user_id = u.user_id and :as_of >= life.started_on and :as_of < life.ended_on
left join latest on latest.user_id = u.user_id
left join composites as c on c.user_id = u.user_id
left join ranks on ranks.user_id = u.user_id
left join user_segments as s on s.user_id = u.user_id

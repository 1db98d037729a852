/*
description: Updates where users stand; only what changed is written.
*/
merge into user_segments as s
using run.segment_standings as b
    on b.user_id = s.user_id
when matched and not b.is_there then delete
when matched and (
    s.started_on, s.engagement_intensity, s.value_realization, s.product_breadth, s.journey_stage,
    s.feature_adoption, s.collaboration_type, s.temporal_pattern, s.composite_segment, s.memberships, s.ranks
) is distinct from (
    b.started_on, b.engagement_intensity, b.value_realization, b.product_breadth, b.journey_stage,
    b.feature_adoption, b.collaboration_type, b.temporal_pattern, b.composite_segment, b.memberships, b.ranks
) then update set
    updated_at = now(),
    started_on = b.started_on,
    features_used = b.features_used,
    advanced_days = b.advanced_days,
    engagement_intensity = b.engagement_intensity,
    value_realization = b.value_realization,
    product_breadth = b.product_breadth,
    journey_stage = b.journey_stage,
    feature_adoption = b.feature_adoption,
    collaboration_type = b.collaboration_type,
    temporal_pattern = b.temporal_pattern,
    composite_segment = b.composite_segment,
    memberships = b.memberships,
    ranks = b.ranks
when matched and (s.features_used, s.advanced_days) is distinct from (b.features_used, b.advanced_days) then update set
    features_used = b.features_used,
    advanced_days = b.advanced_days
when not matched and b.is_there then insert (
    started_on, user_id, features_used, advanced_days, engagement_intensity, value_realization, product_breadth,
    journey_stage, feature_adoption, collaboration_type, temporal_pattern, composite_segment, memberships, ranks
) values (
    b.started_on, b.user_id, b.features_used, b.advanced_days, b.engagement_intensity, b.value_realization,
    b.product_breadth, b.journey_stage, b.feature_adoption, b.collaboration_type, b.temporal_pattern, b.composite_segment,
    b.memberships, b.ranks
);

/*
description: >
  Every change of a value of a dimension or of being in a segment by state, with the day it lasts
  through. No value says that it ends.
*/
with rows_in_order as (
    select
        user_id, '-infinity'::date as on_day,
        engagement_intensity, value_realization, product_breadth, journey_stage, feature_adoption, collaboration_type, temporal_pattern,
        memberships
    from run.segment_openings
    union all
    select
        user_id, on_day,
        engagement_intensity, value_realization, product_breadth, journey_stage, feature_adoption, collaboration_type, temporal_pattern,
        memberships
    from run.segment_values
    union all
    -- days on which nobody lives any more
    select r.user_id, gone.on_day, null, null, null, null, null, null, null, '{}'
    from run.segment_restarts as r
    cross join lateral (
        select r.from_on as on_day
        union
        select life.ended_on
        from user_lives as life
        where life.user_id = r.user_id and life.ended_on > r.from_on and life.ended_on <= :as_of
    ) as gone
    where not exists (
        select from run.segment_ranges as living
        where living.user_id = r.user_id and gone.on_day between living.from_on and living.to_on
    )
),

compared as (
    select
        *,
        lag(engagement_intensity) over in_order as previous_engagement_intensity,
        lag(value_realization) over in_order as previous_value_realization,
        lag(product_breadth) over in_order as previous_product_breadth,
        lag(journey_stage) over in_order as previous_journey_stage,
        lag(feature_adoption) over in_order as previous_feature_adoption,
        lag(collaboration_type) over in_order as previous_collaboration_type,
        lag(temporal_pattern) over in_order as previous_temporal_pattern,
        coalesce(lag(memberships) over in_order, '{}') as previous_memberships
    from rows_in_order
    window in_order as (partition by user_id order by on_day)
),

changed as (
    select *
    from compared
    where on_day > '-infinity'
        and (
            engagement_intensity, value_realization, product_breadth, journey_stage,
            feature_adoption, collaboration_type, temporal_pattern, memberships
        ) is distinct from (
            previous_engagement_intensity, previous_value_realization, previous_product_breadth,
            previous_journey_stage, previous_feature_adoption, previous_collaboration_type,
            previous_temporal_pattern, previous_memberships
        )
),

changes as (
    select c.user_id, c.on_day as from_on, change.dimension, change.value
    from changed as c
    cross join lateral (
        values
        ('engagement_intensity', c.engagement_intensity, c.previous_engagement_intensity),
        ('value_realization', c.value_realization, c.previous_value_realization),
        ('product_breadth', c.product_breadth, c.previous_product_breadth),
        ('journey_stage', c.journey_stage, c.previous_journey_stage),
        ('feature_adoption', c.feature_adoption, c.previous_feature_adoption),
        ('collaboration_type', c.collaboration_type, c.previous_collaboration_type),
        ('temporal_pattern', c.temporal_pattern, c.previous_temporal_pattern)
    ) as change (dimension, value, previous_value)
    where change.value is distinct from change.previous_value
    union all
    select c.user_id, c.on_day, segment.id, case when segment.id = any(c.memberships) then segment.id end
    from changed as c
    cross join lateral unnest(c.memberships || c.previous_memberships) as segment (id)
    where (segment.id = any(c.memberships)) <> (segment.id = any(c.previous_memberships))
)

select
    user_id,
    from_on,
    dimension,
    value,
    coalesce(lead(from_on) over (partition by user_id, dimension order by from_on) - 1, 'infinity') as lasts_until
from changes

/*
description: >
  Every change of a value of a dimension or of being in a segment by state, with the day it lasts
  through. No value says that it ends.
*/
with gone as (  -- days on which nobody lives any more
    select user_id, from_on as on_day from run.segment_restarts
    union
    select r.user_id, life.ended_on
    from run.segment_restarts as r
    inner join user_lives as life on life.user_id = r.user_id and life.ended_on > r.from_on
    where life.ended_on <= :as_of
),

rows_in_order as (
    select
        user_id, '-infinity'::date as on_day, memberships,
        array[
            engagement_intensity, value_realization, product_breadth, journey_stage, feature_adoption,
            collaboration_type, temporal_pattern
        ] as dimensions
    from run.segment_openings
    union all
    select
        user_id, on_day, memberships,
        array[
            engagement_intensity, value_realization, product_breadth, journey_stage, feature_adoption,
            collaboration_type, temporal_pattern
        ]
    from run.segment_values
    union all
    select g.user_id, g.on_day, '{}', null
    from gone as g
    where not exists (
        select from run.segment_ranges as living
        where living.user_id = g.user_id and g.on_day between living.from_on and living.to_on
    )
),

compared as (
    select
        *,
        lag(dimensions) over in_order as previous_dimensions,
        coalesce(lag(memberships) over in_order, '{}') as previous_memberships
    from rows_in_order
    window in_order as (partition by user_id order by on_day)
),

changed as (
    select *
    from compared
    where on_day > '-infinity'
        and (dimensions, memberships) is distinct from (previous_dimensions, previous_memberships)
),

changes as (
    select c.user_id, c.on_day as from_on, change.dimension, change.value
    from changed as c
    cross join lateral unnest(
        array[
            'engagement_intensity', 'value_realization', 'product_breadth', 'journey_stage', 'feature_adoption',
            'collaboration_type', 'temporal_pattern'
        ],
        c.dimensions,
        c.previous_dimensions
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

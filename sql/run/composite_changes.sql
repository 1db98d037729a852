/*
description: >
  Every change of the composite segment. Each condition holds over stretches of days; a segment holds
  where as many of its conditions do as it has, and the first in order of precedence counts.
*/
with fulfilled as (
    select
        r.user_id, r.life_number, c.composite_segment, c.ordinal,
        s.from_on + c.days_ago as from_on, s.to_on + c.days_ago as to_on
    from run.composite_restarts as r
    cross join ref.composite_conditions as c
    inner join user_segment_spans as s
        on s.user_id = r.user_id and s.dimension = c.dimension and s.value = any(c.values)
        and s.from_on >= r.started_on
    union all
    select
        r.user_id, r.life_number, c.composite_segment, c.ordinal,
        r.started_on + c.first_day, r.started_on + c.last_day
    from run.composite_restarts as r
    cross join ref.composite_conditions as c
    where c.dimension is null
),

edges as (
    select f.user_id, f.life_number, f.composite_segment, f.ordinal, greatest(f.from_on, r.from_on) as on_day, 1 as holds
    from fulfilled as f
    inner join run.composite_restarts as r on r.user_id = f.user_id and r.life_number = f.life_number
    where f.from_on <= r.to_on and f.to_on >= r.from_on
    union all
    select f.user_id, f.life_number, f.composite_segment, f.ordinal, f.to_on + 1, -1
    from fulfilled as f
    inner join run.composite_restarts as r on r.user_id = f.user_id and r.life_number = f.life_number
    where f.from_on <= r.to_on and f.to_on >= r.from_on and f.to_on < r.to_on
),

counted as (
    select
        user_id, life_number, composite_segment, ordinal, on_day,
        sum(sum(holds)) over of_segment as conditions,
        coalesce(lead(on_day) over of_segment - 1, 'infinity') as through
    from edges
    group by user_id, life_number, composite_segment, ordinal, on_day
    window of_segment as (partition by user_id, life_number, composite_segment order by on_day)
),

holding as (
    select c.user_id, c.life_number, c.composite_segment, c.ordinal, c.on_day as from_on, c.through as to_on
    from counted as c
    inner join (
        select composite_segment, count(*) as conditions from ref.composite_conditions group by composite_segment
    ) as needed on needed.composite_segment = c.composite_segment and needed.conditions = c.conditions
),

days as (
    select user_id, life_number, from_on as on_day from run.composite_restarts
    union
    select user_id, life_number, from_on from holding
    union
    select h.user_id, h.life_number, h.to_on + 1
    from holding as h
    inner join run.composite_restarts as r on r.user_id = h.user_id and r.life_number = h.life_number
    where h.to_on < r.to_on
),

chosen as (
    select distinct on (d.user_id, d.on_day)
        d.user_id, d.on_day, coalesce(h.composite_segment, 'none') as value
    from days as d
    left join holding as h
        on h.user_id = d.user_id and h.life_number = d.life_number and d.on_day between h.from_on and h.to_on
    order by d.user_id, d.on_day, h.ordinal nulls last
),

-- days on which nobody lives any more
gone as (
    select user_id, from_on as on_day
    from run.segment_changes
    where dimension = 'journey_stage' and value is null
),

firsts as (
    select user_id, min(on_day) as on_day
    from (
        select user_id, on_day from chosen
        union all
        select user_id, on_day from gone
    ) as all_days
    group by user_id
),

in_order as (
    select s.user_id, '-infinity'::date as on_day, s.value
    from firsts as f
    inner join user_segment_spans as s
        on s.user_id = f.user_id and s.dimension = 'composite_segment'
        and s.from_on < f.on_day and s.to_on >= f.on_day - 1
    union all
    select user_id, on_day, value from chosen
    union all
    select user_id, on_day, null from gone
),

compared as (
    select *, lag(value) over (partition by user_id order by on_day) as previous_value
    from in_order
)

select
    user_id,
    on_day as from_on,
    'composite_segment' as dimension,
    value,
    coalesce(lead(on_day) over (partition by user_id order by on_day) - 1, 'infinity') as lasts_until
from compared
where on_day > '-infinity' and value is distinct from previous_value

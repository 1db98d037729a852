/*
name: Events Volume Daily
description: Accepted events of each business day, of every kind of entity.
unit: events
grain: day
good: up
owner: data
notes: >
  A publish counts only the days that have no value yet and those that its loads brought events of,
  so that one old event does not count two years again; a rebuild counts every day.
*/
with loads as (
    select load_id
    from ops.load_manifest
    where status = 'loaded' and (published_as_of is null or published_as_of >= :last)
),

days as (
    select c.date
    from ref.calendar as c
    where c.date between greatest(:first, (select min(occurred_on) from bronze.events)) and :last
        and (
            not exists (
                select from gold.metric_values as v
                where v.metric_id = 'events_volume_daily' and v.grain = 'day'
                    and v.segment_key = 'all' and v.segment_value = 'all' and v.date = c.date
            )
            or c.date in (
                select e.occurred_on
                from bronze.events as e
                where e.occurred_on between :first and :last
                    and e.load_id = any(array(select load_id from loads))
            )
            or (select gear from ops.publications order by publication_id desc limit 1) = 'rebuild'
        )
)

select
    d.date,
    (select count(*) from bronze.events as e where e.occurred_on = d.date) as value,
    null::numeric as numerator,
    null::numeric as denominator
from days as d

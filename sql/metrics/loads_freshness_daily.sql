/*
description: Share of the last 30 days, this one included, of which a delivery of events was loaded.
*/
with delivered as (
    select distinct dt
    from ops.load_manifest
    where feed = 'events' and kind = 'file' and status in ('loaded', 'same_content')
),

days as (
    select c.date
    from ref.calendar as c
    where c.date between greatest(:first, (select min(dt) from delivered)) and :last
)

select
    d.date,
    'all' as segment_key,
    'all' as segment_value,
    count(x.dt)::numeric / count(*) as value,
    count(x.dt) as numerator,
    count(*) as denominator
from days as d
inner join ref.calendar as c on c.date between greatest(d.date - 29, (select min(dt) from delivered)) and d.date
left join delivered as x on x.dt = c.date
group by d.date

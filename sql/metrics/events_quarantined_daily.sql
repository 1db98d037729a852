/*
description: Event rows of each delivery day that were refused.
*/
with days as (
    select c.date from ref.calendar as c where c.date between :first and :last
    union
    select dt from ops.load_manifest
    where feed = 'events' and dt <= :last and (published_as_of is null or published_as_of >= :last)
)

select
    m.dt as date,
    'all' as segment_key,
    'all' as segment_value,
    sum(m.quarantined) as value,
    null::numeric as numerator,
    null::numeric as denominator
from ops.load_manifest as m
inner join days as d on d.date = m.dt
where m.feed = 'events' and m.kind = 'file' and m.status = 'loaded'
group by m.dt

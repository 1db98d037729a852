/*
description: Share of the delivered event rows that were accepted or known already, by delivery day.
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
    sum(m.accepted + m.duplicate) / nullif(sum(m.rows_read), 0) as value,
    sum(m.accepted + m.duplicate) as numerator,
    sum(m.rows_read) as denominator
from ops.load_manifest as m
inner join days as d on d.date = m.dt
where m.feed = 'events' and m.kind = 'file' and m.status = 'loaded'
group by m.dt

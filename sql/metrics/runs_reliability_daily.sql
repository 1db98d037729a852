/*
description: Share of the last 30 days, this one included, that a publish of their own made visible, since the first publish.
*/
with published as (
    select distinct as_of from ops.publications
),

days as (
    select c.date
    from ref.calendar as c
    where c.date between greatest(:first, (select min(as_of) from published)) and :last
)

select
    d.date,
    'all' as segment_key,
    'all' as segment_value,
    count(p.as_of)::numeric / count(*) as value,
    count(p.as_of) as numerator,
    count(*) as denominator
from days as d
inner join ref.calendar as c on c.date between greatest(d.date - 29, (select min(as_of) from published)) and d.date
left join published as p on p.as_of = c.date
group by d.date

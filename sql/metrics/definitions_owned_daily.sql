/*
description: Share of the metrics in force that name all four owners, as of each day.
*/
with owned as (
    select
        count(*) as metrics,
        count(*) filter (
            where coalesce(owners ->> 'business', '') <> '' and coalesce(owners ->> 'technical', '') <> ''
                and coalesce(owners ->> 'dashboard', '') <> '' and coalesce(owners ->> 'backup', '') <> ''
        ) as complete
    from ref.metrics
    where status <> 'retired'
)

select
    :last::date as date, 'all' as segment_key, 'all' as segment_value,
    complete::numeric / nullif(metrics, 0) as value, complete as numerator, metrics as denominator
from owned

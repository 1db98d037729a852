/*
description: Data checks that did not hold in the latest run for the day.
*/
with latest as (
    select distinct on (as_of, check_name) as_of, check_name, passed
    from ops.check_results
    where as_of between :first::date - 7 and :last
    order by as_of, check_name, check_result_id desc
)

select
    as_of as date,
    'all' as segment_key,
    'all' as segment_value,
    count(*) filter (where not passed) as value,
    null::numeric as numerator,
    null::numeric as denominator
from latest
group by as_of

/*
name: Checks Failed Daily
description: Data checks that did not hold in the latest run for the day.
unit: checks
grain: day
good: down
owner: data
notes: The checks of a day run after its metrics, so its value comes with the publish of the next day.
*/
with latest as (
    select distinct on (as_of, check_name) as_of, check_name, passed
    from ops.check_results
    where as_of between :first::date - 7 and :last
    order by as_of, check_name, check_result_id desc
)

select
    as_of as date,
    count(*) filter (where not passed) as value,
    null::numeric as numerator,
    null::numeric as denominator
from latest
group by as_of

/*
description: Published values that the publishes as of the day corrected.
*/
select
    p.as_of as date,
    'all' as segment_key,
    'all' as segment_value,
    count(r.restatement_id) as value,
    null::numeric as numerator,
    null::numeric as denominator
from ops.publications as p
left join ops.metric_restatements as r on r.publication_id = p.publication_id
where p.as_of between :first and :last
group by p.as_of

/*
description: Minutes that the last publish as of the day took, up to the computation of its metrics.
*/
select distinct on (as_of)
    as_of as date,
    'all' as segment_key,
    'all' as segment_value,
    round(extract(epoch from published_at - started_at)::numeric / 60, 3) as value,
    null::numeric as numerator,
    null::numeric as denominator
from ops.publications
where as_of between :first and :last
order by as_of, publication_id desc

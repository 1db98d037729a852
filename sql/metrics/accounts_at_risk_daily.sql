/*
description: Accounts at risk at the end of each day.
*/
select
    date,
    'all' as segment_key,
    'all' as segment_value,
    coalesce(sum(accounts) filter (where state = 'at_risk'), 0) as value,
    null::numeric as numerator,
    null::numeric as denominator
from gold.account_state_counts
where date between :first and :last
group by date

/*
description: Monthly recurring revenue of all accounts at the end of each day, in the reporting currency.
*/
select
    date,
    'all' as segment_key,
    'all' as segment_value,
    sum(mrr) as value,
    null::numeric as numerator,
    null::numeric as denominator
from gold.account_state_counts
where date between :first and :last
group by date

/*
description: >
  What an account brings as long as it stays through what it costs to win it (LTV/CAC), of months that have both; the
  two metrics are computed before.
*/
select
    value.date, 'all' as segment_key, 'all' as segment_value, value.value / nullif(cost.value, 0) as value,
    null::numeric as numerator, null::numeric as denominator
from run.metric_values as value
inner join run.metric_values as cost on cost.date = value.date and cost.grain = value.grain
where value.metric_id = 'accounts_lifetime_value_monthly' and cost.metric_id = 'accounts_acquisition_cost_monthly'
    and value.segment_key = 'all' and cost.segment_key = 'all'
    and value.value is not null and cost.value is not null

/*
description: >
  What an account brings as long as it stays through what it costs to win it (LTV/CAC), of months that have both; the
  two metrics are computed before.
*/
with fresh as (
    select metric_id, date, segment_key, segment_value, value
    from run.metric_values
    where metric_id in ('accounts_lifetime_value_monthly', 'accounts_acquisition_cost_monthly')
),

known as (
    select metric_id, date, segment_key, segment_value, value
    from fresh
    union all
    select v.metric_id, v.date, v.segment_key, v.segment_value, v.value
    from gold.metric_values as v
    where v.metric_id in ('accounts_lifetime_value_monthly', 'accounts_acquisition_cost_monthly')
        and v.date in (select date from fresh)
        and not exists (select from fresh as f where f.metric_id = v.metric_id and f.date = v.date)
)

select
    value.date, value.segment_key, value.segment_value, value.value / nullif(cost.value, 0) as value,
    null::numeric as numerator, null::numeric as denominator
from known as value
inner join known as cost
    on cost.date = value.date and cost.segment_key = value.segment_key and cost.segment_value = value.segment_value
where value.metric_id = 'accounts_lifetime_value_monthly' and cost.metric_id = 'accounts_acquisition_cost_monthly'
    and value.value is not null and cost.value is not null

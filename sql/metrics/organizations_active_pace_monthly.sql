/*
description: >
  Active organizations for each one that a straight line from the first day to the target after six months expects;
  afterwards, for each one of the target. The metric and its target are found by its file.
*/
with goal as (
    select m.metric_id, (m.target ->> 'value')::numeric as target, (select min(created_on) from account_fact_spans) as began_on
    from ref.metrics as m
    where m.metric_id = 'organizations_active_monthly' and m.target is not null
)

select
    v.date, 'all' as segment_key, 'all' as segment_value,
    v.value / expected.organizations as value, v.value as numerator, expected.organizations as denominator
from goal as g
inner join run.metric_values as v on v.metric_id = g.metric_id
cross join lateral (
    select
        g.target * least(
            1, (v.date - g.began_on + 1)::numeric / ((g.began_on + interval '6 months')::date - g.began_on)
        ) as organizations
) as expected

/*
description: >
  Mean number of active days of the month's active users: the daily active users of the month added up, through the
  active users of the calendar month. Both are metrics, found by their formulas.
*/
with known as (
    select metric_id, grain, date, segment_key, segment_value, value
    from run.metric_values
    union all
    select v.metric_id, v.grain, v.date, v.segment_key, v.segment_value, v.value
    from gold.metric_values as v
    where v.grain = 'day' and v.date >= date_trunc('month', :first::timestamp) and v.date < :first
),

active as (
    select
        date_trunc('month', k.date::timestamp)::date as date, k.segment_key, k.segment_value,
        sum(k.value) filter (where m.grain = 'day') as days,
        sum(k.value) filter (where m.grain = 'month') as users
    from ref.metrics as m
    inner join known as k on k.metric_id = m.metric_id and k.grain = m.grain
    where m.kind = 'distinct_active' and m.status <> 'retired' and m.formula ->> 'scope' = 'platform'
        and (
            m.grain = 'day' and m.formula ->> 'window_days' = '1'
            or m.grain = 'month' and m.formula ->> 'window_days' is null and m.formula ->> 'status' = 'any'
        )
        and k.date >= date_trunc('month', :first::timestamp) and k.date <= :last
        and k.segment_key in ('all', 'country', 'plan_type', 'acquisition_source', 'role')
    group by date_trunc('month', k.date::timestamp), k.segment_key, k.segment_value
)

select
    date, segment_key, segment_value, days / nullif(users, 0) as value, coalesce(days, 0) as numerator,
    coalesce(users, 0) as denominator
from active
where segment_key = 'all' or users > 0

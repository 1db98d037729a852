/*
description: >
  Milliseconds that a reader's query takes at the publish of the last day: the totals of all daily metrics over 90
  days. What readers themselves wait for only an extension knows that not every server has.
*/
with begun as materialized (
    select clock_timestamp() as at
),

read as materialized (
    select b.at, count(v.value) as totals
    from begun as b
    left join gold.metric_values as v
        on v.grain = 'day' and v.segment_key = 'all' and v.date > :last::date - 90 and v.date <= :last
    group by b.at
),

ended as materialized (
    select r.at, r.totals, clock_timestamp() as ended_at from read as r
)

select
    :last::date as date, 'all' as segment_key, 'all' as segment_value,
    round(extract(epoch from e.ended_at - e.at)::numeric * 1000, 3) as value,
    null::numeric as numerator, null::numeric as denominator
from ended as e
where e.totals > 0

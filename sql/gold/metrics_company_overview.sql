/*
description: >
  The most important metrics at a glance: their newest complete period, against the one before and
  against the target.
owner: data
grain: one row per metric of tier 1 and 2
key: [metric_id]
columns:
  metric_id: {type: text, description: Metric.}
  name: {type: text, description: Its name.}
  domain: {type: text, description: Area that reads it.}
  importance_tier: {type: text, description: How much depends on it.}
  unit: {type: text, description: What is counted.}
  grain: {type: text, description: 'Length of the period: day, week or month.'}
  date: {type: date, description: First day of the newest complete period.}
  value: {type: numeric, nullable: true, description: Its value.}
  previous_value: {type: numeric, nullable: true, description: Value of the period before.}
  growth: {type: numeric, nullable: true, description: 'Growth since then, a fraction.'}
  is_improving: {type: boolean, nullable: true, description: 'Whether that is good news; null: no change, or neither way is.'}
  target: {type: numeric, nullable: true, description: What it should reach.}
  is_on_target: {type: boolean, nullable: true, description: 'Whether it does; null: no target.'}
*/
with newest as (
    select distinct on (m.metric_id)
        m.metric_id, m.name, m.domain, m.importance_tier, m.unit, m.grain, m.direction, m.target, v.date, v.value,
        case
            when lag(v.date) over known = (v.date - ('1 ' || m.grain)::interval)::date then lag(v.value) over known
        end as previous_value
    from ref.metrics as m
    inner join gold.metric_values as v
        on v.metric_id = m.metric_id and v.grain = m.grain and v.segment_key = 'all' and not v.is_partial
    cross join ops.current_publication as p
    where m.importance_tier in ('tier_1', 'tier_2') and v.date > p.as_of - 150
    window known as (partition by m.metric_id order by v.date)
    order by m.metric_id, v.date desc
)

select
    metric_id, name, domain, importance_tier, unit, grain, date, value, previous_value,
    (value - previous_value) / nullif(abs(previous_value), 0) as growth,
    case
        when value = previous_value then null
        when direction = 'up' then value > previous_value
        when direction = 'down' then value < previous_value
    end as is_improving,
    (target ->> 'value')::numeric as target,
    gold.is_on_target(value, target) as is_on_target
from newest

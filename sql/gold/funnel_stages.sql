/*
description: >
  How many of those who reached a stage of each declared funnel reached the next one, against its target, by the period
  of the first stage. Periods whose last ones have not had their time are not there yet.
owner: growth
grain: one row per funnel, stage, period and segment
key: [metric_id, date, segment_key, segment_value]
columns:
  metric_id: {type: text, description: Metric of this stage.}
  funnel: {type: 'text[]', description: Names of its stages in their order.}
  stage: {type: text, description: The stage arrived at.}
  position: {type: integer, minimum: 2, description: 'Its position among the stages, from 1.'}
  window_days: {type: integer, minimum: 1, description: Days from the first stage within which it counts.}
  grain: {type: text, values: [day, week, month], description: Length of the period.}
  date: {type: date, description: First day of the period.}
  segment_key: {type: text, description: 'What the value is broken down by; all: the total.'}
  segment_value: {type: text, description: 'The segment; all: the total.'}
  came: {type: bigint, minimum: 0, description: People who reached the stage before.}
  reached: {type: bigint, minimum: 0, description: Those of them who reached this one.}
  median_minutes: {type: numeric, nullable: true, minimum: 0, description: "Median minutes that it took them from the stage before; null: nobody reached it, or no metric asks for it."}
  conversion: {type: numeric, nullable: true, minimum: 0, description: 'reached / came, a fraction; null: nobody came.'}
  target: {type: numeric, nullable: true, description: What it should reach.}
  is_on_target: {type: boolean, nullable: true, description: 'Whether it does; null: no target, or nobody came.'}
*/
select
    m.metric_id,
    array(select stage.value ->> 'name' from jsonb_array_elements(m.formula -> 'stages') as stage) as funnel,
    m.formula -> 'stages' -> (p.position - 1) ->> 'name' as stage,
    p.position,
    (m.formula ->> 'window_days')::integer as window_days,
    v.grain,
    v.date,
    v.segment_key,
    v.segment_value,
    v.denominator::bigint as came,
    v.numerator::bigint as reached,
    t.value as median_minutes,
    v.value as conversion,
    (m.target ->> 'value')::numeric as target,
    gold.is_on_target(v.value, m.target) as is_on_target
from ref.metrics as m
cross join lateral (select (m.formula ->> 'step')::integer as position) as p
inner join gold.metric_values as v on v.metric_id = m.metric_id and v.grain = m.grain
left join ref.metrics as timed
    on timed.kind = 'funnel' and timed.grain = m.grain and timed.formula ->> 'statistic' = 'median_minutes'
    and timed.formula - 'statistic' = m.formula - 'statistic'
left join gold.metric_values as t
    on t.metric_id = timed.metric_id and t.grain = v.grain and t.date = v.date
    and t.segment_key = v.segment_key and t.segment_value = v.segment_value
where m.kind = 'funnel' and m.formula ->> 'statistic' = 'conversion'

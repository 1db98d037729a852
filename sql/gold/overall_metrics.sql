/*
description: The totals of all metrics, by period.
owner: data
grain: one row per metric and period
key: [metric_id, date]
columns:
  metric_id: {type: text, description: Metric.}
  name: {type: text, description: Its name.}
  category: {type: text, description: 'Activity, engagement or outcome.'}
  importance_tier: {type: text, description: How much depends on it.}
  grain: {type: text, description: 'Length of the period: day, week or month.'}
  date: {type: date, description: First day of the period.}
  value: {type: numeric, nullable: true, description: The value; null where a rate has no denominator.}
  numerator: {type: numeric, nullable: true, description: Upper part of a rate.}
  denominator: {type: numeric, nullable: true, description: Lower part of a rate.}
  unit: {type: text, description: What is counted.}
  is_partial: {type: boolean, description: Whether the period is not over yet.}
*/
select
    m.metric_id, m.name, m.category, m.importance_tier, m.grain, v.date, v.value, v.numerator, v.denominator,
    m.unit, v.is_partial
from gold.metric_values as v
inner join ref.metrics as m on m.metric_id = v.metric_id and m.grain = v.grain
where v.segment_key = 'all'

/*
description: >
  All metrics of all domains in long form: totals of the company, and of each product where a metric
  counts by product.
owner: data
grain: one row per metric, period and entity
key: [metric_name, grain, metric_date, entity_id]
columns:
  metric_date: {type: date, description: First day of the period.}
  domain: {type: text, description: Area that reads the metric.}
  metric_name: {type: text, description: Id of the metric.}
  metric_value: {type: numeric, nullable: true, description: The value; null where a rate has no denominator.}
  unit: {type: text, description: What is counted.}
  grain: {type: text, description: 'Length of the period: day, week or month.'}
  entity_type: {type: text, values: [company, product], description: Whose value it is.}
  entity_id: {type: text, description: "Product; 'all': the company."}
  importance_tier: {type: text, description: How much depends on it.}
  is_partial: {type: boolean, description: Whether the period is not over yet.}
*/
select
    v.date as metric_date,
    m.domain,
    m.metric_id as metric_name,
    v.value as metric_value,
    m.unit,
    m.grain,
    case v.segment_key when 'all' then 'company' else 'product' end as entity_type,
    v.segment_value as entity_id,
    m.importance_tier,
    v.is_partial
from gold.metric_values as v
inner join ref.metrics as m on m.metric_id = v.metric_id and m.grain = v.grain
where v.segment_key in ('all', 'product')

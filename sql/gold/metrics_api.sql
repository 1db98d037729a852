/*
description: >
  Every value beside those of the day, week, month and year before, and how far it grew since. Where
  the period is a week or a month, only what is a whole number of periods ago is compared.
owner: data
grain: one row per metric, period and segment
key: [metric_id, grain, date, segment_key, segment_value]
columns:
  metric_id: {type: text, description: Metric.}
  grain: {type: text, description: 'Length of the period: day, week or month.'}
  date: {type: date, description: First day of the period.}
  segment_key: {type: text, description: 'What the value is broken down by; all: the total.'}
  segment_value: {type: text, description: 'The segment; all: the total.'}
  value: {type: numeric, nullable: true, description: The value.}
  previous_day: {type: numeric, nullable: true, description: Value of the day before.}
  previous_week: {type: numeric, nullable: true, description: Value of 7 days before.}
  previous_month: {type: numeric, nullable: true, description: Value of the same day of the month before.}
  previous_year: {type: numeric, nullable: true, description: Value of the same day of the year before; of weeks 52 weeks before.}
  growth_day: {type: numeric, nullable: true, description: 'Growth since the day before, a fraction.'}
  growth_week: {type: numeric, nullable: true, description: 'Growth since 7 days before, a fraction.'}
  growth_month: {type: numeric, nullable: true, description: 'Growth since the month before, a fraction.'}
  growth_year: {type: numeric, nullable: true, description: 'Growth since the year before, a fraction.'}
  is_partial: {type: boolean, description: Whether the period is not over yet.}
*/
select
    v.metric_id, v.grain, v.date, v.segment_key, v.segment_value, v.value,
    d.value as previous_day,
    w.value as previous_week,
    m.value as previous_month,
    y.value as previous_year,
    (v.value - d.value) / nullif(abs(d.value), 0) as growth_day,
    (v.value - w.value) / nullif(abs(w.value), 0) as growth_week,
    (v.value - m.value) / nullif(abs(m.value), 0) as growth_month,
    (v.value - y.value) / nullif(abs(y.value), 0) as growth_year,
    v.is_partial
from gold.metric_values as v
left join gold.metric_values as d
    on v.grain = 'day' and d.metric_id = v.metric_id and d.grain = v.grain and d.segment_key = v.segment_key
    and d.segment_value = v.segment_value and d.date = v.date - 1
left join gold.metric_values as w
    on v.grain in ('day', 'week') and w.metric_id = v.metric_id and w.grain = v.grain
    and w.segment_key = v.segment_key and w.segment_value = v.segment_value and w.date = v.date - 7
left join gold.metric_values as m
    on v.grain in ('day', 'month') and m.metric_id = v.metric_id and m.grain = v.grain
    and m.segment_key = v.segment_key and m.segment_value = v.segment_value
    and m.date = (v.date - interval '1 month')::date
left join gold.metric_values as y
    on y.metric_id = v.metric_id and y.grain = v.grain and y.segment_key = v.segment_key
    and y.segment_value = v.segment_value
    and y.date = case v.grain when 'week' then v.date - 364 else (v.date - interval '1 year')::date end

/*
description: Monthly active users (30 dates that end with the day), in total and by segment.
owner: growth
grain: one row per date and segment
key: [date, segment_key, segment_value]
columns:
  date: {type: date, description: Business day.}
  segment_key: {type: text, description: 'What the users are broken down by; all: the total.'}
  segment_value: {type: text, description: 'The segment; all: the total.'}
  users: {type: bigint, minimum: 0, description: Users with a qualifying event in the window.}
*/
select v.date, v.segment_key, v.segment_value, v.value::bigint as users
from gold.metric_values as v
inner join ref.metrics as m on m.metric_id = v.metric_id and m.grain = v.grain
where m.kind = 'distinct_active' and m.formula ->> 'scope' = 'platform' and m.formula ->> 'window_days' = '30'

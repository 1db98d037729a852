/*
description: >
  Accounts with a member who had a qualifying event in the window that ends with the day, in total and by
  segment.
owner: customer success
grain: one row per date and segment
key: [date, segment_key, segment_value]
columns:
  date: {type: date, description: Business day.}
  segment_key: {type: text, description: 'What the accounts are broken down by; all: the total.'}
  segment_value: {type: text, description: 'The segment; all: the total.'}
  accounts: {type: bigint, minimum: 0, description: Active accounts.}
*/
select v.date, v.segment_key, v.segment_value, v.value::bigint as accounts
from gold.metric_values as v
inner join ref.metrics as m on m.metric_id = v.metric_id and m.grain = v.grain
where m.kind = 'account_count' and m.formula ->> 'of' = 'accounts' and m.formula -> 'is_active' = 'true'
    and m.formula -> 'states' = '[]'

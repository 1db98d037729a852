/*
description: >
  Writes down every published metric value that the new ones change, before they do. Periods that
  were not over, and cohorts whose later return still counts, change by nature,
  and so does what the system says of its own runs.
table: ops.metric_restatements
*/
insert into ops.metric_restatements (
    metric_id, date, grain, segment_key, segment_value, old_value, new_value, cause, definition_version,
    publication_id
)
select
    known.metric_id, known.date, known.grain, known.segment_key, known.segment_value, known.value, fresh.value,
    :cause, :definition_version, :publication_id
from run.metric_periods as p
inner join gold.metric_values as known
    on known.metric_id = p.metric_id and known.grain = p.grain and known.date = p.date
inner join ref.metrics as m on m.metric_id = p.metric_id
left join run.metric_values as fresh
    on fresh.metric_id = known.metric_id and fresh.grain = known.grain and fresh.date = known.date
    and fresh.segment_key = known.segment_key and fresh.segment_value = known.segment_value
where fresh.value is distinct from known.value
    and not known.is_partial
    and coalesce(m.formula ->> 'active', '') not in ('from_day', 'from_period')
    and m.domain <> 'system';

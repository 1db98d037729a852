/*
description: >
  Writes down every published metric value that the new ones change, before they do: one that differs, is gone, or
  comes to a period that had others. Periods that were not over, and cohorts whose later return still counts, change by
  nature, and so does what the system says of its own runs.
table: ops.metric_restatements
*/
with metrics as (
    select metric_id, grain
    from ref.metrics
    where domain <> 'system' and coalesce(formula ->> 'active', '') not in ('from_day', 'from_period')
),

published as (
    select known.*
    from run.metric_periods as p
    inner join metrics as m on m.metric_id = p.metric_id
    inner join gold.metric_values as known
        on known.metric_id = p.metric_id and known.grain = p.grain and known.date = p.date
    where not known.is_partial
),

changed as (
    select p.metric_id, p.date, p.grain, p.segment_key, p.segment_value, p.value as old_value, fresh.value as new_value
    from published as p
    left join run.metric_values as fresh
        on fresh.metric_id = p.metric_id and fresh.grain = p.grain and fresh.date = p.date
        and fresh.segment_key = p.segment_key and fresh.segment_value = p.segment_value
    where fresh.value is distinct from p.value
    union all
    select fresh.metric_id, fresh.date, fresh.grain, fresh.segment_key, fresh.segment_value, null, fresh.value
    from (select distinct metric_id, grain, date from published) as p
    inner join run.metric_values as fresh
        on fresh.metric_id = p.metric_id and fresh.grain = p.grain and fresh.date = p.date
    where fresh.value <> 0
        and :cause <> 'definition_version'  -- which may have brought the segment
        and not exists (
            select from published as known
            where known.metric_id = fresh.metric_id and known.grain = fresh.grain and known.date = fresh.date
                and known.segment_key = fresh.segment_key and known.segment_value = fresh.segment_value
        )
)

insert into ops.metric_restatements (
    metric_id, date, grain, segment_key, segment_value, old_value, new_value, cause, definition_version,
    publication_id
)
select
    metric_id, date, grain, segment_key, segment_value, old_value, new_value, :cause, :definition_version,
    :publication_id
from changed;

/*
description: Puts the new values in the place of the old ones; a segment without a value has no row.
*/
delete from gold.metric_values as known
using run.metric_periods as p
where known.metric_id = p.metric_id and known.grain = p.grain and known.date = p.date
    and not exists (
        select from run.metric_values as fresh
        where fresh.metric_id = known.metric_id and fresh.grain = known.grain and fresh.date = known.date
            and fresh.segment_key = known.segment_key and fresh.segment_value = known.segment_value
    );

-- of a metric that is of another grain now
delete from gold.metric_values as known
using ref.metrics as m
where :is_rebuild and m.metric_id = known.metric_id and m.grain <> known.grain;

insert into gold.metric_values as known (
    metric_id, date, grain, segment_key, segment_value, value, numerator, denominator, is_partial,
    definition_version
)
select
    metric_id, date, grain, segment_key, segment_value, value, numerator, denominator,
    (date + ('1 ' || grain)::interval)::date - 1 > :last,
    :definition_version
from run.metric_values
on conflict (metric_id, grain, segment_key, segment_value, date) do update set
    value = excluded.value,
    numerator = excluded.numerator,
    denominator = excluded.denominator,
    is_partial = excluded.is_partial,
    definition_version = excluded.definition_version,
    computed_at = now()
where (known.value, known.numerator, known.denominator, known.is_partial)
    is distinct from (excluded.value, excluded.numerator, excluded.denominator, excluded.is_partial);

/*
description: Puts the new values in the place of the old ones; a segment without a value has no row.
*/
with gone as (
    select known.metric_id, known.grain, known.date, known.segment_key, known.segment_value
    from gold.metric_values as known
    inner join run.metric_periods as p
        on p.metric_id = known.metric_id and p.grain = known.grain and p.date = known.date
    except
    select metric_id, grain, date, segment_key, segment_value
    from run.metric_values
)

delete from gold.metric_values as known
using gone
where known.metric_id = gone.metric_id and known.grain = gone.grain and known.date = gone.date
    and known.segment_key = gone.segment_key and known.segment_value = gone.segment_value;

-- of a metric that is not declared any more, or is of another grain now
delete from gold.metric_values as known
where known.metric_id = any(:dropped::text[])
    or (
        :is_rebuild
        and not exists (select from ref.metrics as m where m.metric_id = known.metric_id and m.grain = known.grain)
    );

update gold.metric_values as known
set
    value = fresh.value,
    numerator = fresh.numerator,
    denominator = fresh.denominator,
    is_partial = p.is_partial,
    definition_version = :definition_version,
    computed_at = now()
from run.metric_values as fresh
inner join run.metric_periods as p
    on p.metric_id = fresh.metric_id and p.grain = fresh.grain and p.date = fresh.date
where known.metric_id = fresh.metric_id and known.grain = fresh.grain and known.date = fresh.date
    and known.segment_key = fresh.segment_key and known.segment_value = fresh.segment_value
    and (known.value, known.numerator, known.denominator, known.is_partial)
    is distinct from (fresh.value, fresh.numerator, fresh.denominator, p.is_partial);

insert into gold.metric_values (
    metric_id, date, grain, segment_key, segment_value, value, numerator, denominator, is_partial,
    definition_version
)
select
    fresh.metric_id, fresh.date, fresh.grain, fresh.segment_key, fresh.segment_value,
    fresh.value, fresh.numerator, fresh.denominator, p.is_partial, :definition_version
from run.metric_values as fresh
inner join run.metric_periods as p
    on p.metric_id = fresh.metric_id and p.grain = fresh.grain and p.date = fresh.date
where not exists (
    select from gold.metric_values as known
    where known.metric_id = fresh.metric_id and known.grain = fresh.grain and known.date = fresh.date
        and known.segment_key = fresh.segment_key and known.segment_value = fresh.segment_value
);

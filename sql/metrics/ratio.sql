/*
description: >
  One metric through another, from the values computed just now and, for what is older, the stored
  ones. Both parts are kept, so that sums of them give the ratio of larger groups.
*/
with wanted as (
    select
        metric_id,
        grain,
        segments,
        formula ->> 'numerator' as numerator,
        formula ->> 'denominator' as denominator,
        case formula ->> 'denominator_at' when 'start' then 'day' else grain end as denominator_grain,
        formula ->> 'denominator_at' as denominator_at
    from ref.metrics
    where kind = 'ratio' and status <> 'retired'
),

periods as (
    select distinct
        w.metric_id,
        f.date,
        case w.denominator_at
            when 'start' then f.date - 1
            when 'previous_period' then (f.date - ('1 ' || w.grain)::interval)::date
            else f.date
        end as denominator_date
    from wanted as w
    inner join run.metric_values as f on f.metric_id in (w.numerator, w.denominator) and f.grain = w.grain
),

known as (
    select metric_id, grain, date, segment_key, segment_value, value
    from run.metric_values
    union all
    select v.metric_id, v.grain, v.date, v.segment_key, v.segment_value, v.value
    from gold.metric_values as v
    inner join (
        select w.numerator as metric_id, w.grain, p.date
        from wanted as w
        inner join periods as p on p.metric_id = w.metric_id
        union
        select w.denominator, w.denominator_grain, p.denominator_date
        from wanted as w
        inner join periods as p on p.metric_id = w.metric_id
    ) as needed
        on needed.metric_id = v.metric_id and needed.grain = v.grain and needed.date = v.date
    where not exists (
        select from run.metric_values as f
        where f.metric_id = v.metric_id and f.grain = v.grain and f.date = v.date
    )
),

parts as (
    select
        w.metric_id, p.date, w.grain, n.segment_key, n.segment_value, n.value as numerator, null as denominator,
        n.value is null as is_unknown
    from wanted as w
    inner join periods as p on p.metric_id = w.metric_id
    inner join known as n on n.metric_id = w.numerator and n.grain = w.grain and n.date = p.date
    where n.segment_key = any(w.segments || 'all'::text)
    union all
    select w.metric_id, p.date, w.grain, d.segment_key, d.segment_value, null, d.value, d.value is null
    from wanted as w
    inner join periods as p on p.metric_id = w.metric_id
    inner join known as d
        on d.metric_id = w.denominator and d.grain = w.denominator_grain and d.date = p.denominator_date
    where d.segment_key = any(w.segments || 'all'::text)
),

joined as (
    select
        metric_id, date, grain, segment_key, segment_value,
        case when not bool_or(is_unknown) then coalesce(sum(numerator), 0) end as numerator,
        case when not bool_or(is_unknown) then coalesce(sum(denominator), 0) end as denominator
    from parts
    group by metric_id, date, grain, segment_key, segment_value
),

-- What comes from a feed is not there while the feed is not connected, and that is not 0.
of_feeds as (
    select w.metric_id, part.metric_id as part_id, named.is_denominator
    from wanted as w
    cross join lateral (values (w.numerator, false), (w.denominator, true)) as named (metric_id, is_denominator)
    inner join ref.metrics as part on part.metric_id = named.metric_id and part.kind in ('feed', 'sql')
),

absent as (
    select p.metric_id, p.date
    from of_feeds as f
    inner join periods as p on p.metric_id = f.metric_id
    where not exists (
        select from known as k
        where k.metric_id = f.part_id and k.date = case when f.is_denominator then p.denominator_date else p.date end
    )
)

select
    metric_id, date, grain, segment_key, segment_value,
    numerator / nullif(denominator, 0) as value, numerator, denominator
from joined
where not exists (select from absent as a where a.metric_id = joined.metric_id and a.date = joined.date)

/*
description: >
  Accepted events of each day, or those of them that failed, by type and by product; or all of them up to the day.
*/
with wanted as (
    select
        metric_id, segments, formula -> 'event_types' as event_types, formula -> 'categories' as categories,
        (formula ->> 'failed')::boolean as failed, (formula ->> 'so_far')::boolean as so_far
    from ref.metrics
    where kind = 'sum' and status <> 'retired'
),

days as (
    select c.date
    from ref.calendar as c
    where c.date between greatest(:first, (select min(date) from gold.events_daily)) and :last
),

counted as (
    select w.metric_id, greatest(e.date, :first) as date, s.segment_key, s.segment_value,
        sum(case when w.failed then e.failed_events else e.events end) as events
    from wanted as w
    inner join gold.events_daily as e
        on e.date <= :last and (e.date >= :first or w.so_far)
        and (w.event_types = '[]' or w.event_types ? e.event_type)
    left join ref.event_types as t on t.event_type = e.event_type
    cross join lateral (
        values ('all', 'all'), ('event_type', e.event_type), ('product', e.product_id)
    ) as s (segment_key, segment_value)
    where s.segment_key = any(w.segments || 'all'::text)
        and (w.categories = '[]' or w.categories ? t.category)
    group by 1, 2, 3, 4
)

select
    w.metric_id, d.date, 'day' as grain, 'all' as segment_key, 'all' as segment_value,
    case
        when w.so_far then sum(coalesce(c.events, 0)) over (partition by w.metric_id order by d.date)
        else coalesce(c.events, 0)
    end as value,
    null::numeric as numerator, null::numeric as denominator
from wanted as w
cross join days as d
left join counted as c on c.metric_id = w.metric_id and c.date = d.date and c.segment_key = 'all'
union all
select metric_id, date, 'day', segment_key, segment_value, events, null, null
from counted
where segment_key <> 'all'

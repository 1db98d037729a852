/*
description: >
  Event types that depend on another and whose number for each of those is less than half or more than twice
  the median of the last eight same weekdays; where at least thirty are to be expected.
dataset: bronze.events
*/
with daily as (
    select date, event_type, sum(events) as events
    from gold.events_daily
    where date in (select :as_of - 7 * weeks from generate_series(0, 8) as weeks)
    group by date, event_type
),

ratios as (
    select
        before.date,
        t.event_type,
        before.event_type as depends_on,
        before.events as events_before,
        coalesce(after.events, 0) / before.events as ratio
    from ref.event_types as t
    cross join lateral unnest(t.depends_on) as needed (event_type)
    inner join daily as before on before.event_type = needed.event_type
    left join daily as after on after.event_type = t.event_type and after.date = before.date
),

usual as (
    select event_type, depends_on, percentile_cont(0.5) within group (order by ratio) as ratio
    from ratios
    where date < :as_of
    group by event_type, depends_on
    having count(*) >= 4
)

select r.event_type, r.depends_on, round(r.ratio, 4) as ratio, round(u.ratio::numeric, 4) as usual_ratio
from ratios as r
inner join usual as u on u.event_type = r.event_type and u.depends_on = r.depends_on
where r.date = :as_of
    and u.ratio * r.events_before >= 30
    and (r.ratio < u.ratio / 2 or r.ratio > u.ratio * 2)

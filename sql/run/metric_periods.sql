/*
description: >
  The periods of every metric that are computed: those with a value, and of kinds that count everything in
  the days all that the days touch, since nothing to count is no row, and in a rebuild what is stored of before
  there was anything; and whether they are over: of a day the length of its sessions is known at the end of the next one.
*/
with computed as (
    select metric_id, grain, date
    from run.metric_values
    union
    select m.metric_id, m.grain, p.date
    from ref.metrics as m
    cross join lateral gold.periods(m.grain, :first, :last) as p
    where m.status <> 'retired' and m.kind not in ('ratio', 'cohort', 'funnel', 'sql')
    union
    select r.metric_id, m.grain, p.date
    from run.feed_reaches as r
    inner join ref.metrics as m on m.metric_id = r.metric_id
    cross join lateral gold.periods(m.grain, r.first_on, :last) as p
    union
    select v.metric_id, v.grain, v.date
    from ref.metrics as m
    inner join gold.metric_values as v
        on v.metric_id = m.metric_id and v.grain = m.grain and v.date < date_trunc(m.grain, :first::timestamp)
    where :is_rebuild and m.status <> 'retired' and m.kind <> 'sql'
)

select
    c.metric_id, c.grain, c.date,
    (c.date + ('1 ' || c.grain)::interval)::date - 1
    + (m.kind = 'session' and m.formula ->> 'statistic' in ('mean_minutes', 'median_minutes'))::integer > :last as is_partial
from computed as c
inner join ref.metrics as m on m.metric_id = c.metric_id

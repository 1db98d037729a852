/*
description: Use of the platform by day, one column a measure, as the sources read it.
owner: product
grain: one row per date
key: [metric_date]
columns:
  metric_date: {type: date, description: Business day.}
  daily_active_users: {type: bigint, nullable: true, minimum: 0, description: Users with a qualifying event on the day.}
  weekly_active_users: {type: bigint, nullable: true, minimum: 0, description: The same in 7 dates.}
  monthly_active_users: {type: bigint, nullable: true, minimum: 0, description: The same in 30 dates.}
  dau_mau_ratio: {type: numeric, nullable: true, minimum: 0, description: 'Daily by monthly active users, a fraction.'}
  wau_mau_ratio: {type: numeric, nullable: true, minimum: 0, description: 'Weekly by monthly active users, a fraction.'}
  signups: {type: bigint, nullable: true, minimum: 0, description: Users who signed up.}
  qualifying_events: {type: numeric, nullable: true, minimum: 0, description: Qualifying events.}
  avg_30d_retention_rate: {type: numeric, nullable: true, minimum: 0, description: 'Retention on day 30 of the newest weekly cohort that is old enough; null: none is.'}
*/
with windows as (
    select
        v.date,
        max(v.value) filter (where m.formula ->> 'window_days' = '1') as daily,
        max(v.value) filter (where m.formula ->> 'window_days' = '7') as weekly,
        max(v.value) filter (where m.formula ->> 'window_days' = '30') as monthly
    from gold.metric_values as v
    inner join ref.metrics as m on m.metric_id = v.metric_id and m.grain = v.grain
    where m.kind = 'distinct_active' and m.formula ->> 'scope' = 'platform' and v.segment_key = 'all'
        and m.formula ->> 'window_days' in ('1', '7', '30')
    group by v.date
),

events as (
    select date, sum(qualifying_events) as qualifying_events from gold.events_daily group by date
),

retention as (
    select v.date + 7 + 30 as known_from, v.value
    from gold.metric_values as v
    inner join ref.metrics as m on m.metric_id = v.metric_id and m.grain = v.grain
    where m.kind = 'cohort' and m.grain = 'week' and m.formula ->> 'entered' = 'signed_up'
        and m.formula ->> 'active' = 'on_day' and m.formula ->> 'days' = '30' and v.segment_key = 'all'
)

select
    w.date as metric_date,
    w.daily::bigint as daily_active_users,
    w.weekly::bigint as weekly_active_users,
    w.monthly::bigint as monthly_active_users,
    w.daily / nullif(w.monthly, 0) as dau_mau_ratio,
    w.weekly / nullif(w.monthly, 0) as wau_mau_ratio,
    u.users as signups,
    e.qualifying_events,
    (
        select r.value from retention as r where r.known_from <= w.date + 1 order by r.known_from desc limit 1
    ) as avg_30d_retention_rate
from windows as w
left join (
    select v.date, v.value::bigint as users
    from gold.metric_values as v
    inner join ref.metrics as m on m.metric_id = v.metric_id and m.grain = v.grain
    where m.kind = 'flow' and m.grain = 'day' and m.formula ->> 'scope' = 'platform' and v.segment_key = 'all'
        and m.formula -> 'from' = '["start"]' and m.formula -> 'to' = '["new"]'
) as u on u.date = w.date
left join events as e on e.date = w.date

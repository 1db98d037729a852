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
  avg_session_duration: {type: numeric, nullable: true, minimum: 0, description: Mean minutes of the sessions that began on the day.}
  sessions_per_user: {type: numeric, nullable: true, minimum: 0, description: Sessions that began on the day for each user with a qualifying event on it.}
  avg_features_used_per_user: {type: numeric, nullable: true, minimum: 0, description: 'Features that a user who is active in 30 dates used in them, on average.'}
  power_users: {type: bigint, nullable: true, minimum: 0, description: Users whose engagement intensity is power.}
  power_user_percentage: {type: numeric, nullable: true, minimum: 0, description: 'Power users by monthly active users, a fraction.'}
  desktop_usage_pct: {type: numeric, nullable: true, minimum: 0, description: 'Share of the sessions whose location begins with desktop, a fraction.'}
  mobile_usage_pct: {type: numeric, nullable: true, minimum: 0, description: 'Share of the sessions whose location begins with mobile, a fraction.'}
  error_rate_pct: {type: numeric, nullable: true, minimum: 0, description: 'Outcomes that failed and abandonments with an error for each outcome, a fraction.'}
  feature_release_adoption_7d: {type: numeric, nullable: true, description: 'Null: no feed tells of releases.'}
  crash_free_session_rate: {type: numeric, nullable: true, description: 'Null: no feed tells of crashes.'}
  ab_test_results: {type: jsonb, nullable: true, description: 'Null: no experiments are declared.'}
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

use as (
    select
        v.date,
        max(v.value) filter (where m.formula ->> 'statistic' = 'mean_minutes' and v.segment_key = 'all') as minutes,
        max(v.value) filter (where m.formula ->> 'statistic' = 'count' and v.segment_key = 'all') as sessions,
        sum(v.value) filter (where m.formula ->> 'statistic' = 'share' and v.segment_value like 'desktop%') as desktop,
        sum(v.value) filter (where m.formula ->> 'statistic' = 'share' and v.segment_value like 'mobile%') as mobile,
        sum(v.value) filter (where m.kind = 'adoption') as features,
        max(v.value) filter (where m.kind = 'segment') as power_users,
        max(v.value) filter (where m.kind = 'ratio') as errors
    from ref.metrics as m
    left join ref.metrics as upper_part on upper_part.metric_id = m.formula ->> 'numerator'
    inner join gold.metric_values as v on v.metric_id = m.metric_id and v.grain = m.grain
    where m.grain = 'day' and case m.kind
        when 'session' then v.segment_key in ('all', 'location')
        when 'adoption' then m.formula ->> 'of' = 'features' and m.formula ->> 'window_days' = '30'
        when 'segment' then
            m.formula ->> 'measure' = 'users' and v.segment_key = 'engagement_intensity' and v.segment_value = 'power'
        when 'ratio' then upper_part.formula ->> 'failed' = 'true' and v.segment_key = 'all'
    end
    group by v.date
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
    ) as avg_30d_retention_rate,
    s.minutes as avg_session_duration,
    s.sessions / nullif(w.daily, 0) as sessions_per_user,
    s.features as avg_features_used_per_user,
    s.power_users::bigint as power_users,
    s.power_users / nullif(w.monthly, 0) as power_user_percentage,
    s.desktop as desktop_usage_pct,
    s.mobile as mobile_usage_pct,
    s.errors as error_rate_pct,
    null::numeric as feature_release_adoption_7d,
    null::numeric as crash_free_session_rate,
    null::jsonb as ab_test_results
from windows as w
left join (
    select v.date, v.value::bigint as users
    from gold.metric_values as v
    inner join ref.metrics as m on m.metric_id = v.metric_id and m.grain = v.grain
    where m.kind = 'flow' and m.grain = 'day' and m.formula ->> 'scope' = 'platform' and v.segment_key = 'all'
        and m.formula -> 'from' = '["start"]' and m.formula -> 'to' = '["new"]'
) as u on u.date = w.date
left join events as e on e.date = w.date
left join use as s on s.date = w.date

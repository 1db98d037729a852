/*
description: >
  Minutes from one moment to a later one on the way of new users to first value, of those who reached the later one in
  the periods that the days touch, within 90 days of the signup. A moment passed earlier than the one before takes no time.
  The first visit is that of the visitor whom the signup names, at most 30 days before it.
settings:
  # events have no index by user, and few rows are expected of what is declared: it would read them for each user
  enable_nestloop: "off"
  # nor would it see that most of these days are read: in the order of the index that takes three times as long
  enable_indexscan: "off"
*/
with wanted as (
    select
        metric_id,
        grain,
        segments,
        formula ->> 'since' as since,
        formula ->> 'until' as until,
        formula ->> 'statistic' as statistic
    from ref.metrics
    where kind = 'time_to_value' and status <> 'retired'
),

reach as (
    select min(date_trunc(grain, :first::timestamp))::date as first_on from wanted
),

newcomers as (
    select l.user_id, l.started_at, l.started_on, l.ended_at
    from user_lives as l
    where l.life_number = 1 and l.started_on between (select first_on - 90 from reach) and :last
),

activity as (
    select
        n.user_id,
        min(d.first_event_at) filter (where d.scope <> 'platform') as first_access,
        min(d.first_qualifying_at) as first_action
    from newcomers as n
    inner join user_daily_activity as d
        on d.user_id = n.user_id and d.active_on between n.started_on and n.started_on + 90
    where d.active_on between (select first_on - 90 from reach) and :last
    group by n.user_id
),

events as (
    select
        n.user_id,
        min(e.occurred_at) filter (where e.entity_type = 'visitor' and e.occurred_at <= n.started_at) as first_visit,
        min(e.occurred_at) filter (where e.is_activation_event) as activated,
        min(e.occurred_at) filter (where t.category = 'outcome' and not e.metadata @> '{"failed": true}') as first_success
    from bronze.events as e
    left join ref.event_types as t on t.event_type = e.event_type
    left join run.stitched_visitors as v on v.visitor_id = e.entity_id and e.entity_type = 'visitor'
    inner join newcomers as n
        on n.user_id = coalesce(e.user_id, v.user_id)
        and e.occurred_on between n.started_on - case when e.entity_type = 'visitor' then 30 else 0 end and n.started_on + 90
    where e.occurred_on between (select first_on - 120 from reach) and :last
        and (
            e.is_activation_event
            or e.event_type = any(array(select event_type from ref.event_types where category = 'outcome'))
            or e.entity_type = 'visitor' and exists (select from wanted where since = 'first_visit')
        )
    group by n.user_id
),

moments as (
    select n.user_id, m.moment, m.at, (m.at at time zone l.business_time_zone)::date as reached_on
    from newcomers as n
    left join activity as a on a.user_id = n.user_id
    left join events as e on e.user_id = n.user_id
    cross join ref.lifecycle as l
    cross join lateral (
        values
        ('first_visit', e.first_visit),
        ('signed_up', n.started_at),
        ('first_access', a.first_access),
        ('first_action', a.first_action),
        ('activated', e.activated),
        ('first_success', e.first_success)
    ) as m (moment, at)
    where m.at is not null and m.at < n.ended_at
),

counted as (
    select
        w.metric_id, w.grain, w.statistic, date_trunc(w.grain, later.reached_on::timestamp)::date as date,
        greatest(extract(epoch from later.at - earlier.at) / 60, 0) as minutes, g.segment_key, g.segment_value
    from wanted as w
    inner join moments as later
        on later.moment = w.until and later.reached_on >= date_trunc(w.grain, :first::timestamp)
    inner join moments as earlier on earlier.moment = w.since and earlier.user_id = later.user_id
    inner join user_attributes as a
        on a.user_id = later.user_id and a.from_on <= later.reached_on and a.to_on >= later.reached_on
    cross join lateral gold.segments_of(a.profile) as g
    where g.segment_key = any(w.segments || 'all'::text)
)

select
    metric_id, date, grain, segment_key, segment_value,
    case statistic
        when 'mean' then avg(minutes)
        else percentile_cont(0.5) within group (order by minutes)::numeric
    end as value,
    case statistic when 'mean' then sum(minutes) end as numerator,
    case statistic when 'mean' then count(*) end as denominator
from counted
group by metric_id, date, grain, statistic, segment_key, segment_value

/*
description: >
  Users with a qualifying event in trailing windows and in calendar periods, all in one pass over the
  days of activity. A window is counted by differences: a user enters it with an active day after a
  gap, and leaves it when the gap has become as long as the window.
notes: >
  Days before :since decide nothing but whether a user was ever active before.
*/
with wanted as (
    select
        metric_id,
        grain,
        segments,
        formula ->> 'scope' as scope,
        nullif((formula ->> 'window_days')::integer, 1) as window_days,  -- a window of one date is the day
        formula ->> 'status' as status
    from ref.metrics
    where kind = 'distinct_active' and status <> 'retired'
),

activity as (
    select a.user_id, a.scope, a.active_on
    from user_daily_activity as a
    inner join user_lives as life
        on life.user_id = a.user_id and a.active_on >= life.started_on and a.active_on < life.ended_on
    where a.active_on between :since and :last and a.qualifying_events > 0
),

days as (
    select distinct user_id, 'platform' as scope, active_on
    from activity
    union all
    select user_id, scope, active_on
    from activity
    where scope <> 'platform' and exists (select from wanted where scope = 'products')
),

ordered as (
    select
        user_id, scope, active_on,
        lag(active_on) over of_user as previous_on,
        lead(active_on) over of_user as next_on
    from days
    window of_user as (partition by user_id, scope order by active_on)
),

windows as (
    select distinct window_days, case scope when 'platform' then 'platform' end as scope
    from wanted
    where window_days is not null
),

grains as (
    select
        g.scope,
        g.grain,
        ('1 ' || g.grain)::interval as length,
        date_trunc(g.grain, :first::timestamp)::date as first_on,
        date_trunc(g.grain, :last::timestamp)::date as last_on
    from (select distinct grain, scope from wanted where window_days is null) as g
),

periods as (
    select
        g.scope, g.grain, c.date, g.first_on, g.last_on, p.starts_on,
        (p.starts_on - g.length)::date as previous_on,
        (p.starts_on + g.length)::date as next_on,
        (p.starts_on + g.length + g.length)::date as after_next_on
    from grains as g
    inner join ref.calendar as c on c.date between :since and :last
    cross join lateral (select date_trunc(g.grain, c.date::timestamp)::date as starts_on) as p
    where p.starts_on + g.length >= g.first_on
),

moves as (
    -- who is in the window at the end of the first day
    select
        o.user_id, o.scope, 'window ' || w.window_days as measure,
        :first::date as date, :first::date as attributes_on, 1 as users
    from windows as w
    inner join ordered as o on w.scope = o.scope or w.scope is null and o.scope <> 'platform'
    where o.active_on <= :first and o.active_on > :first::date - w.window_days
        and (o.next_on is null or o.next_on > :first)
    union all
    -- who enters it after a gap
    select o.user_id, o.scope, 'window ' || w.window_days, o.active_on, o.active_on, 1
    from windows as w
    inner join ordered as o on w.scope = o.scope or w.scope is null and o.scope <> 'platform'
    where o.active_on > :first and (o.previous_on is null or o.active_on - o.previous_on > w.window_days)
    union all
    -- who leaves it, since the gap has become as long
    select
        o.user_id, o.scope, 'window ' || w.window_days, o.active_on + w.window_days,
        o.active_on + w.window_days - 1, -1
    from windows as w
    inner join ordered as o on w.scope = o.scope or w.scope is null and o.scope <> 'platform'
    where o.active_on > :first::date - w.window_days and o.active_on <= :last::date - w.window_days
        and (o.next_on is null or o.next_on - o.active_on > w.window_days)
    union all
    -- who changes segments inside it
    select a.user_id, 'platform', 'window ' || w.window_days, a.from_on, a.from_on + side.day, side.users
    from user_attributes as a
    inner join windows as w on w.scope = 'platform'
    cross join lateral (
        select
            max(d.active_on) filter (where d.active_on < a.from_on) as last_on,
            bool_or(d.active_on = a.from_on) as is_active
        from user_daily_activity as d
        inner join user_lives as life
            on life.user_id = d.user_id and d.active_on >= life.started_on and d.active_on < life.ended_on
        where d.user_id = a.user_id and d.qualifying_events > 0
            and d.active_on between a.from_on - w.window_days and a.from_on
    ) as activity_before
    cross join (values (0, 1), (-1, -1)) as side (day, users)
    where a.from_on > :first and a.from_on <= :last and a.from_on > a.signup_on
        and activity_before.last_on is not null
        and (activity_before.is_active or activity_before.last_on > a.from_on - w.window_days)
    union all
    -- the first active day of a period
    select
        o.user_id, o.scope,
        p.grain || case
            when o.previous_on is null then ' first seen'
            when o.previous_on >= p.previous_on then ' retained'
            else ' resurrected'
        end,
        p.starts_on, o.active_on, 1
    from ordered as o
    inner join periods as p on p.date = o.active_on
    where (p.scope = o.scope or p.scope = 'products' and o.scope <> 'platform')
        and p.starts_on >= p.first_on and (o.previous_on is null or o.previous_on < p.starts_on)
    union all
    -- periods that lack those of the one before
    select o.user_id, o.scope, p.grain || ' churned', p.next_on, p.next_on - 1, 1
    from ordered as o
    inner join periods as p on p.date = o.active_on
    where (p.scope = o.scope or p.scope = 'products' and o.scope <> 'platform')
        and p.next_on between p.first_on and p.last_on
        and (o.next_on is null or o.next_on >= p.after_next_on)
        and exists (select from wanted as w where w.scope = p.scope and w.grain = p.grain and w.status = 'churned')
),

-- First seen since :since is new, or back after a long time.
judged as (
    select
        m.user_id, m.scope, m.date, m.attributes_on, m.users,
        case
            when m.measure not like '% first seen' then m.measure
            when :since > (select min(active_on) from user_daily_activity) and exists (
                select from user_daily_activity as d
                inner join user_lives as life
                    on life.user_id = d.user_id and d.active_on >= life.started_on and d.active_on < life.ended_on
                where d.user_id = m.user_id and d.active_on < :since and d.qualifying_events > 0
                    and (m.scope = 'platform' or d.scope = m.scope)
            ) then replace(m.measure, 'first seen', 'resurrected')
            else replace(m.measure, 'first seen', 'new')
        end as measure
    from moves as m
),

cube as (
    select
        j.measure, j.date, j.scope,
        case when j.scope = 'platform' then a.country end as country,
        case when j.scope = 'platform' then a.plan_type end as plan_type,
        case when j.scope = 'platform' then a.acquisition_source end as acquisition_source,
        case when j.scope = 'platform' then a.role end as role,
        case when j.scope = 'platform' then date_trunc('month', a.signup_on::timestamp)::date end as signup_month,
        sum(j.users) as users
    from judged as j
    inner join user_attributes as a
        on a.user_id = j.user_id and a.from_on <= j.attributes_on and a.to_on >= j.attributes_on
    group by 1, 2, 3, 4, 5, 6, 7, 8
    having sum(j.users) <> 0
),

counted as (
    select w.metric_id, c.date, s.segment_key, s.segment_value, sum(c.users) as users
    from cube as c
    inner join wanted as w
        on w.scope = case when c.scope = 'platform' then 'platform' else 'products' end
        and c.measure = any(case
            when w.window_days is not null then array['window ' || w.window_days]
            when w.status = 'any' then array[w.grain || ' new', w.grain || ' retained', w.grain || ' resurrected']
            when w.status = 'gained' then array[w.grain || ' new', w.grain || ' resurrected']
            else array[w.grain || ' ' || w.status]
        end)
    cross join lateral (
        values
        (case when c.scope = 'platform' then 'all' end, 'all'),
        ('country', coalesce(c.country, 'unknown')),
        ('plan_type', coalesce(c.plan_type, 'unknown')),
        ('acquisition_source', coalesce(c.acquisition_source, 'unknown')),
        ('role', coalesce(c.role, 'unknown')),
        ('signup_month', to_char(c.signup_month, 'YYYY-MM')),
        ('product', c.scope)
    ) as s (segment_key, segment_value)
    where s.segment_key = any(w.segments || 'all'::text)
    group by 1, 2, 3, 4
    union all
    select w.metric_id, c.date, 'all', 'all', 0
    from wanted as w
    inner join ref.calendar as c on c.date between :first and :last
    where w.scope = 'platform' and w.window_days is not null
    union all
    select w.metric_id, c.date, 'all', 'all', 0
    from wanted as w
    inner join grains as g on g.grain = w.grain and g.scope = w.scope
    inner join ref.calendar as c
        on c.date between g.first_on and g.last_on and c.date = date_trunc(w.grain, c.date::timestamp)
    where w.scope = 'platform' and w.window_days is null
),

added_up as (
    select metric_id, date, segment_key, segment_value, sum(users) as users
    from counted
    group by 1, 2, 3, 4
),

series as (
    select a.metric_id, a.segment_key, a.segment_value, min(a.date) as since
    from added_up as a
    inner join wanted as w on w.metric_id = a.metric_id and w.window_days is not null
    group by 1, 2, 3
),

windows_by_day as (
    select
        metric_id, date, segment_key, segment_value,
        sum(sum(users)) over (partition by metric_id, segment_key, segment_value order by date) as users
    from (
        select a.metric_id, a.date, a.segment_key, a.segment_value, a.users
        from added_up as a
        inner join wanted as w on w.metric_id = a.metric_id and w.window_days is not null
        union all
        select s.metric_id, c.date, s.segment_key, s.segment_value, 0
        from series as s
        inner join ref.calendar as c on c.date between s.since and :last
    ) as every_day
    group by 1, 2, 3, 4
)

select
    metric_id, date, 'day' as grain, segment_key, segment_value, users as value,
    null::numeric as numerator, null::numeric as denominator
from windows_by_day
where users <> 0 or segment_key <> 'signup_month'  -- there are more and more of them, most of them empty
union all
select a.metric_id, a.date, w.grain, a.segment_key, a.segment_value, a.users, null, null
from added_up as a
inner join wanted as w on w.metric_id = a.metric_id and w.window_days is null

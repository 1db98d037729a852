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
        (formula ->> 'window_days')::integer as window_days,
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
        g.grain,
        ('1 ' || g.grain)::interval as length,
        date_trunc(g.grain, :first::date)::date as first_on,
        date_trunc(g.grain, :last::date)::date as last_on
    from (select distinct grain from wanted where window_days is null) as g
),

moves as (
    -- who is in the window at the first day, enters it, and leaves it
    select
        o.user_id, o.scope, 'window ' || w.window_days as measure, m.date, m.attributes_on, m.users
    from ordered as o
    inner join windows as w on w.scope = o.scope or w.scope is null and o.scope <> 'platform'
    cross join lateral (
        values
        (
            greatest(o.active_on, :first), greatest(o.active_on, :first), 1,
            case
                when o.active_on > :first
                    then o.previous_on is null or o.active_on - o.previous_on > w.window_days
                else o.active_on > :first::date - w.window_days and (o.next_on is null or o.next_on > :first)
            end
        ),
        (
            o.active_on + w.window_days, o.active_on + w.window_days - 1, -1,
            o.active_on + w.window_days > :first and (o.next_on is null or o.next_on - o.active_on > w.window_days)
        )
    ) as m (date, attributes_on, users, applies)
    where m.applies and m.date <= :last
    union all
    -- who changes segments inside the window
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
    -- the first active day of each period, and periods that lack those of the one before
    select o.user_id, o.scope, g.grain || ' ' || m.status, m.date, m.attributes_on, 1
    from ordered as o
    cross join grains as g
    cross join lateral (
        select
            date_trunc(g.grain, o.active_on)::date as date,
            (date_trunc(g.grain, o.active_on) + g.length)::date as next_date,
            date_trunc(g.grain, o.previous_on)::date as previous_date,
            date_trunc(g.grain, o.next_on)::date as date_after
    ) as p
    cross join lateral (
        values
        (p.date, o.active_on, 'any', p.previous_date is null or p.previous_date < p.date),
        (
            p.date, o.active_on, 'retained',
            p.previous_date < p.date and p.previous_date + g.length >= p.date
        ),
        (p.date, o.active_on, 'resurrected', p.previous_date + g.length < p.date),
        (p.date, o.active_on, 'first seen', p.previous_date is null),
        (p.date, o.active_on, 'gained', p.previous_date is null or p.previous_date + g.length < p.date),
        (p.next_date, p.next_date - 1, 'churned', p.date_after is null or p.date_after > p.next_date)
    ) as m (date, attributes_on, status, applies)
    where m.applies and m.date between g.first_on and g.last_on
),

-- First seen since :since is new, or back after a long time.
judged as (
    select
        m.user_id, m.scope, m.date, m.attributes_on, m.users,
        case
            when m.measure not like '% first seen' then m.measure
            when exists (
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
        case when j.scope = 'platform' then date_trunc('month', a.signup_on)::date end as signup_month,
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
        and c.measure = case
            when w.window_days is not null then 'window ' || w.window_days
            else w.grain || ' ' || w.status
        end
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
    inner join grains as g on g.grain = w.grain
    inner join ref.calendar as c
        on c.date between g.first_on and g.last_on and c.date = date_trunc(w.grain, c.date)
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
)

select
    s.metric_id, c.date, 'day' as grain, s.segment_key, s.segment_value,
    sum(a.users) over (
        partition by s.metric_id, s.segment_key, s.segment_value order by c.date
    ) as value,
    null::numeric as numerator, null::numeric as denominator
from series as s
inner join ref.calendar as c on c.date between s.since and :last
left join added_up as a
    on a.metric_id = s.metric_id and a.segment_key = s.segment_key
    and a.segment_value = s.segment_value and a.date = c.date
union all
select a.metric_id, a.date, w.grain, a.segment_key, a.segment_value, a.users, null, null
from added_up as a
inner join wanted as w on w.metric_id = a.metric_id and w.window_days is null

/*
description: >
  Users with a qualifying event in trailing windows and in calendar periods, all in one pass over the
  days of activity. A window is counted by differences: a user enters it with an active day after a
  gap, and leaves it when the gap has become as long as the window.
notes: >
  Active days with the same days before and after and the same profile are alike: they are counted first, so that
  the rest costs the same for many users as for few. Days before :since decide nothing but whether a user was
  ever active before.
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

windows as (
    select distinct window_days, scope
    from wanted
    where window_days is not null
),

-- days for which an active day matters: for the longest window, and to its month
reach as (
    select greatest(max(window_days), 31) as days from windows
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

-- Where the profile changes while the active day still matters, the user is followed alone.
alike as (
    select
        o.active_on, o.next_on,
        case when earlier.is_there then :since::date - 1 else o.previous_on end as previous_on,
        case when a.to_on < o.active_on + reach.days then o.user_id end as moving_user_id,
        a.profile, o.scope,
        count(*) as users
    from run.active_days as o
    inner join user_attributes as a on a.user_id = o.user_id and a.from_on <= o.active_on and a.to_on >= o.active_on
    cross join reach
    cross join lateral (
        select
            o.previous_on is null
            and o.active_on >= (select min(first_on) from grains)
            and :since > (select min(active_on) from user_daily_activity)
            and exists (
                select from user_daily_activity as d
                inner join user_lives as life
                    on life.user_id = d.user_id and life.life_number = 1 and d.active_on >= life.started_on
                where d.user_id = o.user_id and d.active_on < :since and d.qualifying_events > 0
                    and (o.scope = 'platform' or d.scope = o.scope)
            ) as is_there
    ) as earlier
    -- in reach of the days, or the last active day of its month
    where o.active_on > :first::date - reach.days
        or o.next_on is null
        or date_trunc('month', o.next_on::timestamp) > date_trunc('month', o.active_on::timestamp)
    group by 1, 2, 3, 4, 5, 6
),

in_windows as (
    select a.*, w.window_days
    from alike as a
    inner join windows as w on w.scope = case when a.scope = 'platform' then 'platform' else 'products' end
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

in_periods as (
    select
        a.scope, a.active_on, a.previous_on, a.next_on, a.profile, a.moving_user_id, a.users,
        p.grain, p.starts_on, p.first_on, p.last_on,
        p.previous_on as period_before, p.next_on as period_after, p.after_next_on
    from alike as a
    inner join periods as p
        on p.date = a.active_on and p.scope = case when a.scope = 'platform' then 'platform' else 'products' end
),

moves as (
    -- who is in the window at the end of the first day
    select
        scope, profile, moving_user_id, 'window ' || window_days as measure,
        :first::date as date, :first::date as attributes_on, users
    from in_windows
    where active_on <= :first and active_on > :first::date - window_days and (next_on is null or next_on > :first)
    union all
    -- who enters it after a gap
    select scope, profile, null, 'window ' || window_days, active_on, active_on, users
    from in_windows
    where active_on > :first and (previous_on is null or active_on - previous_on > window_days)
    union all
    -- who leaves it, since the gap has become as long
    select
        scope, profile, moving_user_id, 'window ' || window_days, active_on + window_days,
        active_on + window_days - 1, -users
    from in_windows
    where active_on > :first::date - window_days and active_on <= :last::date - window_days
        and (next_on is null or next_on - active_on > window_days)
    union all
    -- who changes segments inside it
    select 'platform', null, a.user_id, 'window ' || w.window_days, a.from_on, a.from_on + side.day, side.users
    from user_attributes as a
    inner join windows as w on w.scope = 'platform'
    cross join lateral (
        select
            max(d.active_on) filter (where d.active_on < a.from_on) as last_on,
            bool_or(d.active_on = a.from_on) as is_active
        from user_daily_activity as d
        inner join user_lives as life
            on life.user_id = d.user_id and life.life_number = 1 and d.active_on >= life.started_on
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
        scope, profile, null,
        grain || case
            when previous_on is null then ' new'
            when previous_on >= period_before then ' retained'
            else ' resurrected'
        end,
        starts_on, active_on, users
    from in_periods
    where starts_on >= first_on and (previous_on is null or previous_on < starts_on)
    union all
    -- periods that lack those of the one before
    select i.scope, i.profile, i.moving_user_id, i.grain || ' churned', i.period_after, i.period_after - 1, i.users
    from in_periods as i
    where i.period_after between i.first_on and i.last_on and (i.next_on is null or i.next_on >= i.after_next_on)
        and exists (select from wanted as w where w.grain = i.grain and w.status = 'churned')
),

cube as (
    select m.measure, m.date, m.scope, coalesce(moved.profile, m.profile) as profile, sum(m.users) as users
    from moves as m
    left join user_attributes as moved
        on moved.user_id = m.moving_user_id and moved.from_on <= m.attributes_on and moved.to_on >= m.attributes_on
    group by 1, 2, 3, 4
    having sum(m.users) <> 0
),

measured as (
    select c.measure, c.date, c.scope = 'platform' as is_platform, s.segment_key, s.segment_value, sum(c.users) as users
    from cube as c
    cross join lateral gold.segments_of(c.profile, c.scope) as s
    group by 1, 2, 3, 4, 5
),

counted as (
    select w.metric_id, m.date, m.segment_key, m.segment_value, m.users
    from wanted as w
    inner join measured as m
        on m.is_platform = (w.scope = 'platform')
        and m.measure = any(case
            when w.window_days is not null then array['window ' || w.window_days]
            when w.status = 'any' then array[w.grain || ' new', w.grain || ' retained', w.grain || ' resurrected']
            when w.status = 'gained' then array[w.grain || ' new', w.grain || ' resurrected']
            else array[w.grain || ' ' || w.status]
        end)
        and m.segment_key = any(w.segments || 'all'::text)
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

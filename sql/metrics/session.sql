/*
description: >
  Sessions of living users by the day they begin on: events that carry one session id, without a day between them, and
  of those without one each stretch without a gap of 30 minutes. Their number, their mean or median length in minutes up
  to the end of the day after, or, by segment, their share. The day before the days at hand is counted again, since
  sessions of it may have gone on.
*/
with wanted as (
    select metric_id, segments, formula ->> 'statistic' as statistic
    from ref.metrics
    where kind = 'session' and status <> 'retired'
),

events as (
    select
        e.user_id, e.occurred_at, e.occurred_on, e.session_id, e.location,
        lag(e.occurred_at) over of_session as previous_at,
        lag(e.occurred_on) over of_session as previous_on
    from bronze.events as e
    inner join user_lives as life
        on life.user_id = e.user_id and e.occurred_on >= life.started_on and e.occurred_at < life.ended_at
        and (life.life_number = 1 or e.occurred_at >= life.started_at)
    where e.occurred_on between :first::date - 2 and :last
    window of_session as (partition by e.user_id, e.session_id order by e.occurred_at)
),

numbered as (
    select
        *,
        count(*) filter (
            where session_id is null and occurred_at - previous_at > interval '30 minutes'
                or session_id is not null and occurred_on - previous_on > 1
        ) over (partition by user_id, session_id order by occurred_at) as session_number
    from events
),

begun as (
    select *, min(occurred_on) over (partition by user_id, session_id, session_number) as date
    from numbered
),

sessions as (
    select
        user_id,
        date,
        (array_agg(location order by occurred_at))[1] as location,
        extract(epoch from max(occurred_at) - min(occurred_at)) / 60 as minutes
    from begun
    where date >= :first::date - 1 and occurred_on <= date + 1
    group by user_id, session_id, session_number, date
),

counted as (
    select
        s.date, g.segment_key, g.segment_value, count(*) as sessions, sum(s.minutes) as minutes,
        percentile_cont(0.5) within group (order by s.minutes)::numeric as median
    from sessions as s
    inner join user_attributes as a on a.user_id = s.user_id and a.from_on <= s.date and a.to_on >= s.date
    cross join lateral (
        select segment_key, segment_value from gold.segments_of(a.profile)
        union all
        select 'location', s.location
    ) as g
    where g.segment_key = any(array(select distinct unnest(segments || 'all'::text) from wanted))
    group by s.date, g.segment_key, g.segment_value
),

-- and those of the whole day
compared as (
    select *, sum(sessions) filter (where segment_key = 'all') over (partition by date) as all_sessions
    from counted
)

select
    w.metric_id, c.date, 'day' as grain, c.segment_key, c.segment_value,
    case w.statistic
        when 'count' then c.sessions
        when 'mean_minutes' then c.minutes / c.sessions
        when 'median_minutes' then c.median
        else c.sessions / c.all_sessions
    end as value,
    case w.statistic when 'mean_minutes' then c.minutes when 'share' then c.sessions end as numerator,
    case w.statistic when 'mean_minutes' then c.sessions when 'share' then c.all_sessions end as denominator
from compared as c
inner join wanted as w on c.segment_key = any(w.segments || 'all'::text)
union all
-- days without a session, since the first event
select w.metric_id, c.date, 'day', 'all', 'all', 0, null, null
from wanted as w
inner join ref.calendar as c on c.date between :first::date - 1 and :last
where w.statistic = 'count'
    and c.date >= (select min(date) from gold.events_daily)
    and c.date not in (select date from sessions)

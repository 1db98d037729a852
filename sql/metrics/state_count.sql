/*
description: >
  Users by state at the end of each day, by differences: the count of the day before the first one,
  plus who enters, minus who leaves, where moving from one segment to another is both.
*/
with wanted as (
    select
        metric_id,
        segments,
        formula ->> 'scope' as scope,
        formula -> 'states' as states,
        (formula ->> 'is_dunning')::boolean as is_dunning
    from ref.metrics
    where kind = 'state_count' and status <> 'retired'
),

spans as not materialized (
    select * from user_state_spans
    where scope = 'platform' or exists (select from wanted where scope = 'products')
),

moves as (
    select user_id, scope, state, is_dunning, from_on as date, from_on as attributes_on, 1 as users
    from spans
    where from_on between :first and :last
    union all
    select user_id, scope, state, is_dunning, to_on + 1, to_on, -1
    from spans
    where to_on between :first::date - 1 and :last::date - 1
    union all
    select s.user_id, s.scope, s.state, s.is_dunning, a.from_on, a.from_on + side.day, side.users
    from user_attributes as a
    inner join user_state_spans as s
        on s.user_id = a.user_id and s.scope = 'platform' and s.from_on < a.from_on and s.to_on >= a.from_on
    cross join (values (0, 1), (-1, -1)) as side (day, users)
    where a.from_on between :first and :last
),

cube as (
    select
        m.date, m.scope, m.state, m.is_dunning,
        case when m.scope = 'platform' then a.profile end as profile,
        sum(m.users) as users
    from moves as m
    inner join user_attributes as a
        on a.user_id = m.user_id and a.from_on <= m.attributes_on and a.to_on >= m.attributes_on
    group by 1, 2, 3, 4, 5
    having sum(m.users) <> 0
),

by_segment as (
    select
        c.date, c.scope = 'platform' as is_platform, c.state, c.is_dunning, s.segment_key, s.segment_value,
        sum(c.users) as users
    from cube as c
    cross join lateral gold.segments_of(c.profile, c.scope) as s
    group by 1, 2, 3, 4, 5, 6
),

changes as (
    select w.metric_id, s.segment_key, s.segment_value, s.date, s.users
    from by_segment as s
    inner join wanted as w
        on s.is_platform = (w.scope = 'platform')
        and w.states ? s.state
        and (w.is_dunning is null or w.is_dunning = s.is_dunning)
        and s.segment_key = any(w.segments || 'all'::text)
    union all
    select v.metric_id, v.segment_key, v.segment_value, v.date, v.value
    from gold.metric_values as v
    inner join wanted as w on w.metric_id = v.metric_id
    where v.grain = 'day' and v.date = :first::date - 1 and not :is_rebuild
    union all
    select metric_id, 'all', 'all', :first, 0 from wanted where scope = 'platform'
),

added_up as (
    select metric_id, segment_key, segment_value, date, sum(users) as users
    from changes
    group by 1, 2, 3, 4
),

series as (
    select metric_id, segment_key, segment_value, min(date) as since
    from added_up
    group by 1, 2, 3
),

days as (
    select
        metric_id, date, segment_key, segment_value,
        sum(sum(users)) over (partition by metric_id, segment_key, segment_value order by date) as users
    from (
        select metric_id, date, segment_key, segment_value, users from added_up
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
from days
where date >= :first
    and (users <> 0 or segment_key <> 'signup_month')  -- there are more and more of them, most of them empty

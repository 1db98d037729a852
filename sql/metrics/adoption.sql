/*
description: >
  Of the users active in the 30 dates that end with each day, the share that ever used a product or feature, or in
  so many dates that end with the day. By stretches of days: a use counts while its user is active.
*/
with wanted as (
    select
        metric_id,
        formula ->> 'of' as of_what,
        (formula ->> 'window_days')::integer as window_days
    from ref.metrics
    where kind = 'adoption' and status <> 'retired'
),

active_days as (
    select distinct a.user_id, a.active_on as used_on
    from user_daily_activity as a
    inner join user_lives as life
        on life.user_id = a.user_id and life.life_number = 1 and a.active_on >= life.started_on
    where a.active_on between :first::date - 29 and :last and a.qualifying_events > 0
),

active_users as (
    select a.user_id, coalesce(s.life_number = 1 and s.state <> 'deleted', false) as is_in_first_life
    from (select distinct user_id from active_days) as a
    left join user_states as s on s.user_id = a.user_id and s.scope = 'platform'
),

-- In a first life that goes on the engine knows the first access; the other users are few and looked up one by one, so
-- that the length of history costs nothing.
first_uses as (
    select 'products' as of_what, s.user_id, s.scope as used, s.started_on as first_on
    from active_users as a
    inner join user_states as s on s.user_id = a.user_id
    where a.is_in_first_life and s.scope <> 'platform'
    union all
    select 'products', a.user_id, known.scope, known.first_on
    from active_users as a
    cross join lateral (
        select t.scope, min(t.transition_on) as first_on
        from user_state_transitions as t
        where t.user_id = a.user_id and t.from_state is null and t.scope <> 'platform'
        group by t.scope
    ) as known
    where not a.is_in_first_life
    union all
    select 'features', f.user_id, f.feature_id, f.adopted_on
    from active_users as a
    inner join user_feature_adoptions as f on f.user_id = a.user_id
),

uses as (
    select w.metric_id, a.user_id, a.scope as used, w.window_days, a.active_on as used_on
    from wanted as w
    inner join user_daily_activity as a on a.active_on between :first::date - w.window_days + 1 and :last
    where w.of_what = 'products' and a.scope <> 'platform'
    union all
    select w.metric_id, f.user_id, f.feature_id, w.window_days, f.used_on
    from wanted as w
    inner join user_feature_days as f on f.used_on between :first::date - w.window_days + 1 and :last
    where w.of_what = 'features'
),

-- Stretches of days: every day keeps somebody in the window up to its end. Active ones and uses are kept apart, since
-- the planner expects next to nothing of a part of a table that it has no statistics of.
active as (
    select user_id, unnest(range_agg(daterange(used_on, used_on + 30))) as days
    from active_days
    group by user_id
),

using_it as (
    select metric_id, user_id, used, unnest(range_agg(daterange(used_on, used_on + window_days))) as days
    from uses
    group by metric_id, user_id, used
),

counting as (
    select null as metric_id, null as used, days
    from active
    union all
    select w.metric_id, u.used, a.days * daterange(u.first_on, null)
    from active as a
    inner join first_uses as u on u.user_id = a.user_id
    inner join wanted as w on w.of_what = u.of_what and w.window_days is null
    union all
    select u.metric_id, u.used, a.days * u.days
    from active as a
    inner join using_it as u on u.user_id = a.user_id
),

changes as (
    select c.metric_id, c.used, side.date, sum(side.users) as users
    from counting as c
    cross join lateral (values (greatest(lower(c.days), :first), 1), (upper(c.days), -1)) as side (date, users)
    where not isempty(c.days) and upper(c.days) > :first
    group by c.metric_id, c.used, side.date
),

-- what is on offer and used by nobody has a share too
series as (
    select metric_id, used from changes
    union
    select w.metric_id, p.product_id
    from wanted as w
    inner join ref.products as p on p.kind = left(w.of_what, -1)
),

counts as (
    select d.metric_id, d.used, d.date, sum(coalesce(c.users, 0)) over (partition by d.metric_id, d.used order by d.date) as users
    from (
        select s.metric_id, s.used, day.date
        from series as s
        inner join ref.calendar as day on day.date between :first and :last
    ) as d
    left join changes as c
        on c.date = d.date and c.metric_id is not distinct from d.metric_id and c.used is not distinct from d.used
)

select
    n.metric_id, n.date, 'day' as grain, left(w.of_what, -1) as segment_key, n.used as segment_value,
    n.users / everybody.users as value, n.users as numerator, everybody.users as denominator
from counts as n
inner join wanted as w on w.metric_id = n.metric_id
inner join counts as everybody
    on everybody.metric_id is null and everybody.date = n.date and everybody.users > 0

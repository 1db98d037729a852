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

-- In a first life that goes on the engine knows the first access; the other users are few.
first_uses as (
    select 'products' as of_what, s.user_id, s.scope as used, s.started_on as first_on
    from active_users as a
    inner join user_states as s on s.user_id = a.user_id
    where a.is_in_first_life and s.scope <> 'platform'
    union all
    select 'products', t.user_id, t.scope, min(t.transition_on)
    from active_users as a
    inner join user_state_transitions as t on t.user_id = a.user_id
    where not a.is_in_first_life and t.from_state is null and t.scope <> 'platform'
    group by t.user_id, t.scope
    union all
    select 'features', f.user_id, f.feature_id, f.adopted_on
    from active_users as a
    inner join user_feature_adoptions as f on f.user_id = a.user_id
),

-- days that keep somebody in a window: of activity, and of uses
days as (
    select null as metric_id, user_id, null as used, 30 as window_days, used_on
    from active_days
    union all
    select w.metric_id, a.user_id, a.scope, w.window_days, a.active_on
    from wanted as w
    inner join user_daily_activity as a on a.active_on between :first::date - w.window_days + 1 and :last
    where w.of_what = 'products' and a.scope <> 'platform'
    union all
    select w.metric_id, f.user_id, f.feature_id, w.window_days, f.used_on
    from wanted as w
    inner join user_feature_days as f on f.used_on between :first::date - w.window_days + 1 and :last
    where w.of_what = 'features'
),

numbered as (
    select *, count(*) filter (where is_first) over of_user as stretch
    from (
        select
            *, used_on - lag(used_on) over (partition by metric_id, user_id, used order by used_on) > window_days as is_first
        from days
    ) as d
    window of_user as (partition by metric_id, user_id, used order by used_on)
),

stretches as (
    select
        metric_id, user_id, used,
        greatest(min(used_on), :first) as from_on,
        least(max(used_on) + window_days - 1, :last) as to_on
    from numbered
    group by metric_id, user_id, used, window_days, stretch
    having max(used_on) + window_days - 1 >= :first
),

counting as (
    select metric_id, used, from_on, to_on, user_id
    from stretches
    where metric_id is null
    union all
    select w.metric_id, u.used, greatest(a.from_on, u.first_on), a.to_on, a.user_id
    from stretches as a
    inner join first_uses as u on u.user_id = a.user_id and u.first_on <= a.to_on
    inner join wanted as w on w.of_what = u.of_what and w.window_days is null
    where a.metric_id is null
    union all
    select u.metric_id, u.used, greatest(a.from_on, u.from_on), least(a.to_on, u.to_on), a.user_id
    from stretches as a
    inner join stretches as u
        on u.user_id = a.user_id and u.metric_id is not null and u.from_on <= a.to_on and u.to_on >= a.from_on
    where a.metric_id is null
),

changes as (
    select c.metric_id, c.used, side.date, sum(side.users) as users
    from counting as c
    cross join lateral (values (c.from_on, 1), (c.to_on + 1, -1)) as side (date, users)
    group by c.metric_id, c.used, side.date
),

-- what is on offer and used by nobody has a share too
series as (
    select metric_id, used from counting
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

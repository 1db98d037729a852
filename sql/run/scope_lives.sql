/*
description: >
  What to compute: each touched user's scopes, life by life, with the days to compute, the balance
  carried in, and the sums after the activity of those days.
*/
with lives as (
    select
        life.user_id,
        life.life_number,
        life.started_on,
        life.started_at,
        life.ended_on,
        t.is_replay,
        greatest(life.started_on, case when t.is_replay then life.started_on else :previous_as_of + 1 end) as window_from,
        least(life.ended_on - 1, :as_of) as window_to,
        life.ended_on <= :as_of as is_over
    from run.touched as t
    inner join user_lives as life on life.user_id = t.user_id
    where t.is_replay or life.ended_on > :previous_as_of
),

-- A row for each product with activity, and one for the platform of every life.
activity as (
    select
        l.user_id,
        l.life_number,
        case when grouping(a.scope) = 1 then 'platform' else a.scope end as scope,
        min(a.active_on) as started_on,
        min(a.first_event_at) as started_at,
        sum(a.qualifying_events) as qualifying_events,
        max(a.active_on) filter (where a.qualifying_events > 0) as last_qualifying_on,
        max(a.last_qualifying_at) as last_qualifying_at,
        max(a.active_until) filter (where a.qualifying_events > 0) as active_until,
        max(a.dormant_until) filter (where a.qualifying_events > 0) as dormant_until,
        max(timestamptz_send(a.last_qualifying_at) || convert_to(a.last_qualifying_event_type, 'UTF8')) as last_qualifying
    from lives as l
    left join run.touched_activity as a on a.user_id = l.user_id and a.life_number = l.life_number
    group by grouping sets ((l.user_id, l.life_number, a.scope), (l.user_id, l.life_number))
    having grouping(a.scope) = 1 or a.scope <> 'platform'
)

select
    l.user_id,
    coalesce(a.scope, s.scope) as scope,
    l.life_number,
    l.is_replay,
    case
        when a.scope = 'platform' then l.window_from
        else greatest(l.window_from, coalesce(s.started_on, a.started_on))
    end as window_from,
    l.window_to,
    l.ended_on,
    l.is_over,
    case when a.scope = 'platform' then l.started_on else coalesce(s.started_on, a.started_on) end as started_on,
    case when a.scope = 'platform' then l.started_at else coalesce(s.started_at, a.started_at) end as started_at,
    s.active_until as opening_active_until,
    s.dormant_until as opening_dormant_until,
    s.last_qualifying_on as opening_last_qualifying_on,
    s.activation_date as opening_activation_date,
    greatest(s.active_until, a.active_until) as active_until,
    greatest(s.dormant_until, a.dormant_until) as dormant_until,
    greatest(s.last_qualifying_on, a.last_qualifying_on) as last_qualifying_on,
    greatest(s.last_qualifying_at, a.last_qualifying_at) as last_qualifying_at,
    coalesce(convert_from(substr(a.last_qualifying, 9), 'UTF8'), s.last_qualifying_event_type)
        as last_qualifying_event_type,
    coalesce(s.qualifying_events, 0) + coalesce(a.qualifying_events, 0) as qualifying_events
from activity as a
full join run.openings as s on s.user_id = a.user_id and s.life_number = a.life_number and s.scope = a.scope
inner join lives as l
    on l.user_id = coalesce(a.user_id, s.user_id) and l.life_number = coalesce(a.life_number, s.life_number)

/*
description: >
  Qualifying days of members, each for the account that the user belonged to on that day: of the accounts
  that are counted anew all that their days can reach, of the others what is new and, so that a seat in use
  is known, the last day before.
*/
with recounted as (
    select m.user_id, m.account_id, a.active_on, life.ended_on, sum(a.qualifying_events) as qualifying_events
    from run.account_ranges as r
    cross join ref.account_settings as s
    inner join account_members as m on m.account_id = r.account_id
    inner join user_daily_activity as a
        on a.user_id = m.user_id
        and a.active_on between greatest(m.from_on, r.created_on, r.from_on - s.window_days + 1) and least(m.to_on, :as_of)
        and a.qualifying_events > 0
    inner join user_lives as life
        on life.user_id = a.user_id and a.active_on >= life.started_on and a.active_on < life.ended_on
    where r.is_recount
    group by m.user_id, m.account_id, a.active_on, life.ended_on
),

fresh as (
    select a.user_id, a.active_on, sum(a.qualifying_events) as qualifying_events
    from run.touched_activity as a
    where a.active_on > :previous_as_of and a.qualifying_events > 0
        -- spares a rebuild, where all is counted anew
        and exists (select from run.account_ranges as r where not r.is_recount)
    group by a.user_id, a.active_on
),

last_before as (
    select o.user_id, o.last_qualifying_on as active_on
    from run.openings as o
    cross join ref.account_settings as s
    where o.scope = 'platform' and o.last_qualifying_on > :previous_as_of - s.window_days
    union all
    select a.user_id, max(a.active_on)
    from run.touched as t
    inner join run.touched_activity as a on a.user_id = t.user_id
    cross join ref.account_settings as s
    where t.is_replay
        and a.qualifying_events > 0
        and a.active_on > :previous_as_of - s.window_days and a.active_on <= :previous_as_of
    group by a.user_id
    union all
    -- whose seat falls idle on the days to compute
    select u.user_id, u.last_qualifying_on
    from user_states as u
    cross join ref.account_settings as s
    where u.scope = 'platform'
        and u.last_qualifying_on > :previous_as_of - s.window_days
        and u.last_qualifying_on <= :as_of - s.window_days
        and not exists (select from run.touched as t where t.user_id = u.user_id)
    union all
    -- of who came back to an account, the last day in it before they had left
    select m.user_id, max(a.active_on)
    from account_members as m
    cross join ref.account_settings as s
    inner join account_members as earlier
        on earlier.user_id = m.user_id and earlier.account_id = m.account_id and earlier.to_on < m.from_on
    inner join user_daily_activity as a
        on a.user_id = m.user_id
        and a.active_on > :previous_as_of - s.window_days
        and a.active_on between earlier.from_on and earlier.to_on
        and a.qualifying_events > 0
    where m.from_on > '-infinity' and m.from_on > :previous_as_of - s.window_days and :previous_as_of > '-infinity'
    group by m.user_id, m.account_id
),

carried_on as (
    select m.user_id, m.account_id, days.active_on, life.ended_on, days.qualifying_events
    from (
        select user_id, active_on, qualifying_events from fresh
        union all
        select user_id, active_on, 0 from last_before
    ) as days
    inner join account_members as m on m.user_id = days.user_id and days.active_on between m.from_on and m.to_on
    inner join run.account_ranges as r
        on r.account_id = m.account_id and not r.is_recount and days.active_on >= r.created_on
    inner join user_lives as life
        on life.user_id = days.user_id and days.active_on >= life.started_on and days.active_on < life.ended_on
)

select activity.user_id, activity.account_id, activity.active_on, activity.ended_on,
    activity.qualifying_events::integer as qualifying_events
from (
    select * from recounted
    union all
    select * from carried_on
) as activity
-- what happens after the deletion of an account is no activity of it
where not exists (
    select from account_fact_spans as f
    where f.account_id = activity.account_id and f.is_deleted and f.from_on <= activity.active_on
)

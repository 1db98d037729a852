/*
description: Every user's state at the end of every day from signup to the last publication.
owner: data
grain: one row per user and date
key: [user_id, date]
columns:
  user_id: {type: uuid, description: Pseudonym of the user.}
  date: {type: date, description: Business day.}
  platform_state: {type: text, values: [new, active, returning, dormant, churned, reactivated, dunning, deleted], description: State on the platform at the end of the day.}
  activity_state: {type: text, nullable: true, values: [new, active, returning, dormant, churned, reactivated], description: State by activity alone; null while deleted.}
  is_dunning: {type: boolean, description: Whether a payment problem was open.}
  dunning_type: {type: text, nullable: true, values: [soft, grace, hard], description: Kind of dunning.}
  qualifying_events_count: {type: integer, minimum: 0, description: Qualifying events of that day.}
  last_qualifying_on: {type: date, nullable: true, description: Last qualifying day on or before the date in this life.}
*/
select
    s.user_id,
    c.date,
    s.state as platform_state,
    s.activity_state,
    s.is_dunning,
    s.dunning_type,
    -- only the days of an active state can have qualifying events
    case
        when s.activity_state in ('active', 'returning', 'reactivated') then coalesce((
            select sum(a.qualifying_events)::integer
            from user_daily_activity as a
            where a.user_id = s.user_id and a.active_on = c.date
        ), 0)
        else 0
    end as qualifying_events_count,
    case
        when s.activity_state in ('active', 'returning', 'reactivated') then (
            select a.active_on
            from user_daily_activity as a
            where a.user_id = s.user_id and a.active_on <= c.date and a.qualifying_events > 0
            order by a.active_on desc
            limit 1
        )
        else s.last_qualifying_on
    end as last_qualifying_on
from ref.calendar as c
inner join user_state_spans as s on s.from_on <= c.date and s.to_on >= c.date
where s.scope = 'platform'
    and c.date <= (select p.as_of from ops.current_publication as p)

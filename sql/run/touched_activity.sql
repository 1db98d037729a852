/*
description: >
  Activity of the touched users on the days to compute, within their lives. The day of a deletion
  belongs to no life, since its end does not.
*/
with activity as (
    select d.active_on, d.qualifying_events, d.first_event_at, d.first_qualifying_at, d.last_qualifying_at, d.user_id,
        d.first_event_id, d.first_qualifying_event_id, d.scope, d.last_qualifying_event_type
    from run.activity_delta as d
    inner join run.touched as t on t.user_id = d.user_id
    where not t.is_replay
    union all
    select a.active_on, a.qualifying_events, a.first_event_at, a.first_qualifying_at, a.last_qualifying_at, a.user_id,
        a.first_event_id, a.first_qualifying_event_id, a.scope, a.last_qualifying_event_type
    from run.touched as t
    inner join user_daily_activity as a on a.user_id = t.user_id
    where t.is_replay and a.active_on <= :as_of
)

select
    a.*,
    life.life_number,
    a.active_on + s.active_days as active_until,
    a.active_on + s.churn_days as dormant_until
from activity as a
inner join user_lives as life
    on life.user_id = a.user_id and a.active_on >= life.started_on and a.active_on < life.ended_on
inner join ref.scopes as s on s.scope = a.scope

/*
description: >
  Users whose segments are computed, and from which day on. What arrived late goes back to its day;
  the others start after the last publication: those with an activity that enters or leaves a window, with
  another state, or at a boundary of their journey.
*/
with reasons as (
    select user_id, min(active_on) as from_on from run.activity_delta group by user_id
    union all
    select user_id, from_on from run.rereads
    union all
    select user_id, from_on from run.life_changes
    union all
    select user_id, from_on from run.invitation_changes
    union all
    select distinct a.user_id, :previous_as_of + 1
    from run.segment_ages as e
    inner join user_daily_activity as a
        on a.active_on > :previous_as_of - e.age and a.active_on <= :as_of - e.age
    where e.is_change and isfinite(:previous_as_of::date)  -- in a rebuild all activity is fresh
    union all
    select distinct user_id, :previous_as_of + 1 from run.changes
    union all
    select life.user_id, :previous_as_of + 1
    from user_lives as life
    inner join ref.journey_boundaries as b
        on life.started_on + b.day > :previous_as_of and life.started_on + b.day <= :as_of
)

select user_id, min(from_on) as from_on, min(from_on) <= :previous_as_of as is_late
from reasons
where exists (select from ref.segment_settings)
group by user_id
having min(from_on) <= :as_of  -- publishing a day again computes what is late alone

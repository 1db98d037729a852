/*
description: Users whose lives may have begun, ended or moved, and the first day that this touches.
*/
with signups as (
    select
        s.user_id,
        s.load_id,
        s.signup_event_id,
        (s.signed_up_at at time zone l.business_time_zone)::date as signed_up_on,
        s.signed_up_at
    from bronze.user_signups as s
    cross join ref.lifecycle as l
    where s.signed_up_at is not null
),

changes as (
    select s.user_id, least(s.signed_up_on, life.started_on) as from_on
    from signups as s
    left join user_lives as life on life.user_id = s.user_id and life.life_number = 1
    where s.signed_up_on <= :as_of
        and (s.signed_up_on > :previous_as_of or s.load_id = any(:loads))
        and (life.started_at, life.start_event_id) is distinct from (s.signed_up_at, s.signup_event_id)
    union all
    select life.user_id, life.started_on  -- a signup that moved beyond the snapshot date
    from signups as s
    inner join user_lives as life on life.user_id = s.user_id and life.life_number = 1
    where s.load_id = any(:loads) and s.signed_up_on > :as_of
    union all
    select entity_id, occurred_on
    from bronze.entity_facts
    where entity_type = 'user'
        and event_type in ('user_deleted', 'user_restored')
        and occurred_on <= :as_of
        and (occurred_on > :previous_as_of or load_id = any(:loads))
)

select user_id, min(from_on) as from_on
from changes
group by user_id

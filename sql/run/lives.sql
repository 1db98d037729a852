/*
description: The lives, as far as they began by the snapshot date, of users whose lives changed.
*/
with signups as (
    select
        s.user_id,
        s.signed_up_at,
        s.signup_event_id,
        (s.signed_up_at at time zone l.business_time_zone)::date as signed_up_on
    from bronze.user_signups as s
    inner join run.life_changes as c on c.user_id = s.user_id
    cross join ref.lifecycle as l
    where (s.signed_up_at at time zone l.business_time_zone)::date <= :as_of
),

absences as (
    select
        a.*,
        row_number() over (partition by a.user_id order by a.deleted_at) as absence_number
    from run.absences as a
    inner join signups as s on s.user_id = a.user_id
    where a.restored_at > s.signed_up_at  -- an absence that was over before the signup is none
),

starts as (
    select user_id, 1 as life_number, signed_up_on as started_on, signed_up_at as started_at, signup_event_id as start_event_id
    from signups
    union all
    select user_id, absence_number + 1, restored_on, restored_at, restoration_id
    from absences
    where restored_on <= :as_of
)

select
    s.user_id,
    s.life_number::integer as life_number,
    s.started_on,
    greatest(coalesce(a.deleted_on, 'infinity'), s.started_on) as ended_on,
    s.started_at,
    greatest(coalesce(a.deleted_at, 'infinity'), s.started_at) as ended_at,
    s.start_event_id,
    a.deletion_id as end_event_id
from starts as s
left join absences as a on a.user_id = s.user_id and a.absence_number = s.life_number

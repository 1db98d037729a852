/*
description: >
  Attributes at the end of every day, of users whose versions or lives may have changed. Of several
  versions of one day the last one holds.
*/
with changed as (
    select user_id from bronze.users where load_id = any(:loads)
    union
    select user_id from run.life_changes
),

versions as (
    select
        u.user_id, u.country, u.plan_type, u.acquisition_source, u.role,
        nullif(u.invited_by_user_id, u.user_id) as invited_by_user_id,
        (u.valid_from at time zone l.business_time_zone)::date as from_on,
        (u.valid_to at time zone l.business_time_zone)::date - 1 as to_on
    from bronze.users as u
    inner join changed as c on c.user_id = u.user_id
    cross join ref.lifecycle as l
),

lives as (
    select
        life.user_id,
        life.started_on,
        life.ended_on,
        min(life.started_on) over of_user as signup_on,
        coalesce(lead(life.started_on) over (of_user order by life.life_number) - 1, 'infinity') as gone_until
    from user_lives as life
    inner join changed as c on c.user_id = life.user_id
    window of_user as (partition by life.user_id)
),

stretches as (
    select user_id, signup_on, started_on as from_on, ended_on - 1 as to_on, true as is_alive from lives
    union all
    select user_id, signup_on, ended_on, gone_until, false from lives where ended_on < 'infinity'
)

select
    greatest(s.from_on, v.from_on) as from_on,
    least(s.to_on, v.to_on) as to_on,
    s.signup_on,
    s.user_id,
    s.is_alive,
    v.country,
    v.plan_type,
    v.acquisition_source,
    v.role,
    v.invited_by_user_id
from stretches as s
left join versions as v
    on v.user_id = s.user_id and v.from_on <= v.to_on and v.from_on <= s.to_on and v.to_on >= s.from_on
where s.from_on <= s.to_on

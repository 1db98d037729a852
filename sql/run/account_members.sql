/*
description: >
  The accounts that the users whose membership may have changed belonged to, as stretches of days, as known
  at the snapshot date. At the end of a day its last version counts.
*/
with versions as (
    select
        u.user_id,
        u.account_id,
        (u.valid_from at time zone l.business_time_zone)::date as from_on,
        u.updated_at
    from bronze.users as u
    inner join run.membership_changes as c on c.user_id = u.user_id
    cross join ref.lifecycle as l
    where u.valid_from = '-infinity' or (u.valid_from at time zone l.business_time_zone)::date <= :as_of
),

of_days as (
    select distinct on (user_id, from_on) user_id, account_id, from_on
    from versions
    order by user_id, from_on, updated_at desc
),

changes as (
    select d.*, lag(account_id) over (partition by user_id order by from_on) as account_before
    from of_days as d
),

stretches as (
    select user_id, account_id, from_on, lead(from_on - 1, 1, 'infinity') over (partition by user_id order by from_on) as to_on
    from changes
    where account_id is distinct from account_before
)

select user_id, account_id, from_on, to_on
from stretches
where account_id is not null

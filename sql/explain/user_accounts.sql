/*
description: The accounts that a user belonged to, up to the end of the day.
*/
select
    u.account_id,
    case when u.valid_from > '-infinity' then (u.valid_from at time zone l.business_time_zone)::date end as from_on,
    case
        when u.valid_to < 'infinity' and (u.valid_to at time zone l.business_time_zone)::date <= :day
            then (u.valid_to at time zone l.business_time_zone)::date - 1
    end as to_on
from bronze.users as u
cross join ref.lifecycle as l
where u.user_id = :user_id
    and u.account_id is not null
    and (u.valid_from = '-infinity' or (u.valid_from at time zone l.business_time_zone)::date <= :day)
order by u.valid_from

/*
description: The signup of a user, whether it is published already or not; no row for an unknown user.
*/
select
    s.signed_up_at,
    (s.signed_up_at at time zone l.business_time_zone)::date as signed_up_on
from bronze.user_signups as s
cross join ref.lifecycle as l
where s.user_id = :user_id

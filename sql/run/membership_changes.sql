/*
description: Users whose membership of accounts may have changed.
*/
select distinct u.user_id
from bronze.users as u
cross join ref.lifecycle as l
where u.load_id = any(:loads)
    or (:previous_as_of = '-infinity' or (u.valid_from at time zone l.business_time_zone)::date > :previous_as_of)
    and (u.valid_from at time zone l.business_time_zone)::date <= :as_of

/*
description: >
  Country and industry of every account as stretches of days. Of several versions of one day the last one holds.
*/
select a.account_id, days.from_on, days.to_on, a.country, a.industry
from bronze.accounts as a
cross join ref.lifecycle as l
cross join lateral (
    select
        (a.valid_from at time zone l.business_time_zone)::date as from_on,
        (a.valid_to at time zone l.business_time_zone)::date - 1 as to_on
) as days
where days.from_on <= days.to_on

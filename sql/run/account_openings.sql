/*
description: Where the accounts stood on the day before those to compute.
*/
select d.*
from run.account_ranges as r
cross join lateral (
    -- a look into the index for each account, whatever the planner expects
    select * from account_days as a
    where a.account_id = r.account_id and a.date = r.from_on - 1
    order by a.date
    limit 1
) as d

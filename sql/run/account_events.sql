/*
description: Members' qualifying events of each account on each of the days to compute.
*/
select a.account_id, a.active_on as date, sum(a.qualifying_events) as qualifying_events
from run.account_activity as a
inner join run.account_ranges as r on r.account_id = a.account_id and a.active_on >= r.from_on
group by a.account_id, a.active_on

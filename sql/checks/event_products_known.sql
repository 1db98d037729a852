/*
description: Every product of the activity is in the catalog.
dataset: silver.user_daily_activity
severity: error
*/
select distinct d.scope
from run.activity_delta as d
left join ref.scopes as s on s.scope = d.scope
where s.scope is null

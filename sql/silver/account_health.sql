/*
description: Puts the health of the days computed in the place of what was known from the first one touched on.
*/
delete from account_health as h
using run.account_touched as t
where t.account_id = h.account_id and h.date >= t.from_on;

insert into account_health (account_id, date, health_model, health_score, health_score_components)
select account_id, date, health_model, health_score, health_score_components
from run.account_health;

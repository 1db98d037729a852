/*
description: The fresh events of the types that workflows name.
*/
select distinct occurred_at, occurred_on, user_id, event_type
from run.fresh_events
where event_type in (select event_type from ref.workflow_steps)

/*
description: Adds the fresh events of the types that workflows name.
*/
delete from user_workflow_events as e
using run.rereads as r
where r.user_id = e.user_id and e.occurred_on >= r.from_on;

insert into user_workflow_events (occurred_at, occurred_on, user_id, event_type)
select f.occurred_at, f.occurred_on, f.user_id, f.event_type
from run.workflow_events as f
where not exists (
    select from user_workflow_events as e
    where e.user_id = f.user_id and e.occurred_at = f.occurred_at and e.event_type = f.event_type
);

/*
description: Adds the fresh events of the types that workflows name.
*/
delete from user_workflow_events as e
using run.rereads as r
where r.user_id = e.user_id and e.occurred_on >= r.from_on;

insert into user_workflow_events
select * from run.workflow_events
on conflict (user_id, occurred_at, event_type) do nothing;

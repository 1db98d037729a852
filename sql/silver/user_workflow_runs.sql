/*
description: Puts the computed runs in the place of those that were known.
*/
delete from user_workflow_runs as known
using run.workflow_restarts as r
where r.user_id = known.user_id and r.workflow_id = known.workflow_id and known.started_at >= r.from_at;

insert into user_workflow_runs
select * from run.workflow_runs;

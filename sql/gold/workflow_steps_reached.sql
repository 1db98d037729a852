/*
description: >
  How far the runs of each workflow came that were begun in the last 90 dates and are over, as of the last
  publication: where users stop, and between which products.
owner: product
grain: one row per workflow and step of its sequence
key: [workflow_id, seq]
columns:
  workflow_id: {type: text, description: Workflow.}
  seq: {type: integer, minimum: 1, description: 'Position of the step; 1 is the start.'}
  event_type: {type: text, description: Event type of the step.}
  product_id: {type: text, nullable: true, description: 'Its product; null: of none, or told by each event.'}
  runs_reached: {type: bigint, minimum: 0, description: Runs that reached the step.}
  runs_stopped: {type: bigint, minimum: 0, description: Those of them that came no further and were not complete.}
  stop_rate: {type: numeric, nullable: true, minimum: 0, description: runs_stopped / runs_reached.}
*/
with ended as (
    select r.workflow_id, r.steps_reached, r.completed_on is not null as is_completed
    from ops.current_publication as p
    inner join user_workflow_runs as r on r.started_on between p.as_of - 89 and p.as_of
    where r.completed_on is not null or r.abandoned_on is not null or r.open_until < p.as_of
)

select
    s.workflow_id,
    s.seq,
    s.event_type,
    s.product_id,
    count(o.workflow_id) as runs_reached,
    count(*) filter (where o.steps_reached = s.seq and not o.is_completed) as runs_stopped,
    count(*) filter (where o.steps_reached = s.seq and not o.is_completed)::numeric
    / nullif(count(o.workflow_id), 0) as stop_rate
from ref.workflow_steps as s
left join ended as o on o.workflow_id = s.workflow_id and o.steps_reached >= s.seq
where s.seq >= 1
group by s.workflow_id, s.seq, s.event_type, s.product_id

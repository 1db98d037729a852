/*
description: >
  How users find and finish each workflow, as of the last publication. Runs are those begun in the last 90 dates;
  one that is not over counts for nothing but itself. Runs of users who are deleted count, the users do not.
owner: product
grain: one row per workflow
key: [workflow_id]
columns:
  workflow_id: {type: text, description: Workflow.}
  products: {type: 'text[]', description: Products it takes place in.}
  is_cross_product: {type: boolean, description: Whether these are several.}
  users: {type: bigint, minimum: 0, description: Users of the platform who are not deleted.}
  users_discovered: {type: bigint, minimum: 0, description: Those of them who ever began a run.}
  discovery_rate: {type: numeric, nullable: true, minimum: 0, description: users_discovered / users.}
  users_completed: {type: bigint, minimum: 0, description: Those who ever completed one.}
  runs: {type: bigint, minimum: 0, description: Runs begun in the last 90 dates.}
  runs_open: {type: bigint, minimum: 0, description: Those that can still be completed.}
  runs_completed: {type: bigint, minimum: 0, description: Those that were completed.}
  runs_abandoned: {type: bigint, minimum: 0, description: 'Those that an event abandoned, or whose window has passed.'}
  completion_rate: {type: numeric, nullable: true, minimum: 0, description: 'runs_completed / (runs_completed + runs_abandoned).'}
  abandonment_rate: {type: numeric, nullable: true, minimum: 0, description: 'runs_abandoned / (runs_completed + runs_abandoned).'}
  median_hours_to_complete: {type: numeric, nullable: true, minimum: 0, description: Median hours from start to completion.}
*/
with discovered as (
    select
        r.workflow_id,
        count(distinct r.user_id) as users_discovered,
        count(distinct r.user_id) filter (where r.completed_on is not null) as users_completed
    from user_workflow_runs as r
    inner join user_states as u on u.user_id = r.user_id and u.scope = 'platform' and u.state <> 'deleted'
    group by r.workflow_id
),

recent as (
    select
        r.workflow_id,
        count(*) as runs,
        count(r.completed_on) as runs_completed,
        count(*) filter (where r.abandoned_on is not null or r.completed_on is null and r.open_until < p.as_of)
            as runs_abandoned,
        percentile_cont(0.5) within group (order by extract(epoch from r.completed_at - r.started_at) / 3600) as hours
    from ops.current_publication as p
    inner join user_workflow_runs as r on r.started_on between p.as_of - 89 and p.as_of
    group by r.workflow_id
)

select
    w.workflow_id,
    w.products,
    cardinality(w.products) > 1 as is_cross_product,
    e.users,
    coalesce(d.users_discovered, 0) as users_discovered,
    coalesce(d.users_discovered, 0)::numeric / nullif(e.users, 0) as discovery_rate,
    coalesce(d.users_completed, 0) as users_completed,
    coalesce(r.runs, 0) as runs,
    coalesce(r.runs - r.runs_completed - r.runs_abandoned, 0) as runs_open,
    coalesce(r.runs_completed, 0) as runs_completed,
    coalesce(r.runs_abandoned, 0) as runs_abandoned,
    r.runs_completed::numeric / nullif(r.runs_completed + r.runs_abandoned, 0) as completion_rate,
    r.runs_abandoned::numeric / nullif(r.runs_completed + r.runs_abandoned, 0) as abandonment_rate,
    r.hours::numeric as median_hours_to_complete
from ref.workflows as w
cross join (select count(*) as users from user_states where scope = 'platform' and state <> 'deleted') as e
left join discovered as d on d.workflow_id = w.workflow_id
left join recent as r on r.workflow_id = w.workflow_id

/*
description: >
  The runs from where they are computed on, within one life each. Events of one moment count in the
  order in which the workflow names them.
*/
with positions as (
    select
        workflow_id,
        event_type,
        array_agg(seq order by seq) as seqs,
        max(max(seq)) over (partition by workflow_id) as final
    from ref.workflow_steps
    group by workflow_id, event_type
),

happenings as (
    select r.user_id, r.workflow_id, r.window_days, e.occurred_at, e.occurred_on, p.seqs, p.final, life.life_number
    from run.workflow_restarts as r
    inner join user_workflow_events as e on e.user_id = r.user_id and e.occurred_at >= r.from_at
    inner join positions as p on p.workflow_id = r.workflow_id and p.event_type = e.event_type
    inner join user_lives as life
        on life.user_id = e.user_id and e.occurred_on >= life.started_on and e.occurred_on < life.ended_on
),

walked as (
    select
        *,
        silver.walk_workflow(occurred_at, occurred_on, seqs, final, window_days) over (
            partition by user_id, workflow_id, life_number order by occurred_at, seqs
            rows between unbounded preceding and current row
        ) as here
    from happenings
)

select
    (here).started_at,
    min(occurred_at) filter (where (here).reached = final) as completed_at,
    min(occurred_at) filter (where (here).is_over and (here).reached < final) as abandoned_at,
    (here).started_on,
    min(occurred_on) filter (where (here).reached = final) as completed_on,
    min(occurred_on) filter (where (here).is_over and (here).reached < final) as abandoned_on,
    (here).started_on + window_days as open_until,
    life_number,
    max((here).reached) as steps_reached,
    user_id,
    workflow_id
from walked
where (here).started_at is not null
group by user_id, workflow_id, life_number, window_days, (here).started_at, (here).started_on

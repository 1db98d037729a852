/*
description: >
  From when on the runs of a user are computed: the start of the latest run before the first fresh
  event, since that run may go on differently.
*/
with touched as (
    select user_id, min(occurred_at) as from_at
    from (
        select user_id, occurred_at from run.workflow_events
        union all
        select r.user_id, r.from_on::timestamp at time zone l.business_time_zone
        from run.rereads as r
        cross join ref.lifecycle as l
        union all
        select c.user_id, c.from_on::timestamp at time zone l.business_time_zone
        from run.life_changes as c
        cross join ref.lifecycle as l
    ) as reasons
    group by user_id
)

select
    t.user_id,
    w.workflow_id,
    w.window_days,
    coalesce(latest.started_at, t.from_at) as from_at
from touched as t
cross join ref.workflows as w
left join lateral (
    select max(r.started_at) as started_at
    from user_workflow_runs as r
    where r.user_id = t.user_id and r.workflow_id = w.workflow_id and r.started_at <= t.from_at
) as latest on true

/*
description: >
  Mean over the accounts whose members began workflows in the week of the number of these workflows, times the runs of
  each in the week, times the share of the runs that were completed by its end. Accounts that were deleted do not count.
*/
with runs as (
    select
        date_trunc('week', r.started_on::timestamp)::date as date, m.account_id, r.workflow_id,
        r.completed_on <= least(date_trunc('week', r.started_on::timestamp)::date + 6, :last) as is_completed
    from user_workflow_runs as r
    inner join account_members as m on m.user_id = r.user_id and r.started_on between m.from_on and m.to_on
    where r.started_on between date_trunc('week', :first::timestamp)::date and :last
        and not exists (
            select from account_fact_spans as f
            where f.account_id = m.account_id and f.is_deleted and r.started_on between f.from_on and f.to_on
        )
),

scores as (
    select
        date, account_id,
        count(distinct workflow_id)
        * (count(*)::numeric / count(distinct workflow_id))
        * (count(*) filter (where is_completed)::numeric / count(*)) as score
    from runs
    group by date, account_id
)

select
    date, 'all' as segment_key, 'all' as segment_value,
    avg(score) as value, sum(score) as numerator, count(*) as denominator
from scores
group by date

/*
description: By how much accounts and revenue in each state differ on each day from what was counted before.
*/
with steps as (
    select date, state, 1 as accounts, coalesce(mrr_reporting, 0) as mrr from run.account_days
    union all
    select d.date, d.state, -1, -coalesce(d.mrr_reporting, 0)
    from account_days as d
    inner join run.account_touched as t on t.account_id = d.account_id and d.date >= t.from_on
)

select date, state, sum(accounts)::bigint as accounts, sum(mrr) as mrr
from steps
group by date, state
having sum(accounts) <> 0 or sum(mrr) <> 0

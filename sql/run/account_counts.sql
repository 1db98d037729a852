/*
description: Accounts and revenue by state on the days on which they differ from what was counted before.
*/
select
    d.date,
    coalesce(c.accounts, 0) + d.accounts as accounts,
    trim_scale(coalesce(c.mrr, 0) + d.mrr) as mrr,
    d.state
from run.account_count_deltas as d
left join gold.account_state_counts as c
    -- a rebuild starts from nothing
    on c.state = d.state and c.date = d.date and d.date <= :previous_as_of

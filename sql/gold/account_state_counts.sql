/*
description: Puts the new counts in the place of the old ones; a rebuild replaces them all.
*/
delete from gold.account_state_counts as c
where :is_rebuild
    or exists (select from run.account_counts as n where n.state = c.state and n.date = c.date);

insert into gold.account_state_counts (date, accounts, mrr, state)
select date, accounts, mrr, state
from run.account_counts
where accounts <> 0;

/*
description: The counts of the snapshot date are those of the accounts' states.
dataset: gold.account_state_counts
severity: error
*/
select coalesce(s.state, c.state) as state, s.accounts as standing, c.accounts as counted
from (select state, count(*) as accounts from account_days where date = :as_of group by state) as s
full join (select state, accounts from gold.account_state_counts where date = :as_of) as c on c.state = s.state
where s.accounts is distinct from c.accounts

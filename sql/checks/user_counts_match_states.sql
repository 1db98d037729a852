/*
description: The counts of the snapshot date are those of the states, scope by scope.
dataset: gold.user_state_counts
severity: error
when: full
*/
select coalesce(s.scope, c.scope) as scope, coalesce(s.state, c.state) as state, s.users as standing, c.users as counted
from (select scope, state, count(*) as users from user_states group by scope, state) as s
full join (select scope, state, users from gold.user_state_counts where date = :as_of) as c
    on c.scope = s.scope and c.state = s.state
where s.users is distinct from c.users

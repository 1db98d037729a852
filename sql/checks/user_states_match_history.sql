/*
description: Where a user stands is the last entry of their history.
dataset: silver.user_current_state
severity: error
*/
select s.user_id, s.scope, s.state, span.state as history_state
from run.balances as b
inner join user_states as s on s.user_id = b.user_id and s.scope = b.scope
left join user_state_spans as span
    on span.user_id = s.user_id and span.scope = s.scope and span.to_on = 'infinity'
where s.state is distinct from span.state

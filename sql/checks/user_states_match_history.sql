/*
description: Where a user stands is the last entry of their history, wherever that changed.
dataset: silver.user_current_state
severity: error
*/
with changed as (
    select user_id, scope
    from run.changes
    group by user_id, scope
)

select s.user_id, s.scope, s.state, span.state as history_state
from changed as c
inner join user_states as s on s.user_id = c.user_id and s.scope = c.scope
left join user_state_spans as span
    on span.user_id = s.user_id and span.scope = s.scope and span.to_on = 'infinity'
where s.state is distinct from span.state

/*
description: Adds the steps of the changes; users computed anew lose all they had before.
*/
delete from user_state_transitions as s
using run.touched as t
where t.user_id = s.user_id and t.is_replay;

insert into user_state_transitions (
    transition_id, user_id, triggering_event_id, transition_timestamp, transition_on, seq, days_in_previous_state,
    scope, from_state, to_state, reason
)
select
    transition_id, user_id, triggering_event_id, transition_timestamp, transition_on, seq, days_in_previous_state,
    scope, from_state, to_state, reason
from run.transitions;

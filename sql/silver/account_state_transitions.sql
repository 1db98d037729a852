/*
description: Adds the steps of accounts; those from the first day touched on are replaced.
*/
delete from account_state_transitions as s
using run.account_touched as t
where t.account_id = s.account_id and s.transition_on >= t.from_on;

insert into account_state_transitions (
    transition_id, account_id, triggering_event_id, transition_timestamp, transition_on, seq, days_in_previous_state,
    seat_change, from_state, to_state, transition_reason, mrr_change
)
select
    transition_id, account_id, triggering_event_id, transition_timestamp, transition_on, seq, days_in_previous_state,
    seat_change, from_state, to_state, transition_reason, mrr_change
from run.account_transitions;

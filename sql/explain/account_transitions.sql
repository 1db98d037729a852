/*
description: The steps of an account up to the end of the day.
*/
select
    transition_on,
    seq,
    from_state,
    to_state,
    transition_timestamp,
    days_in_previous_state,
    transition_reason,
    triggering_event_id,
    mrr_change,
    seat_change
from account_state_transitions
where account_id = :account_id and transition_on <= :day
order by transition_on, seq

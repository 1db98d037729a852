/*
description: The steps of a user up to the end of the day, each with the event that made it.
*/
select
    t.scope,
    t.transition_on,
    t.seq,
    t.from_state,
    t.to_state,
    t.transition_timestamp,
    t.days_in_previous_state,
    t.reason,
    t.triggering_event_id,
    e.event_type as triggering_event_type
from user_state_transitions as t
left join bronze.events as e on e.occurred_on = t.transition_on and e.event_id = t.triggering_event_id
where t.user_id = :user_id and t.transition_on <= :day
order by t.transition_on, t.scope <> 'platform', t.scope, t.seq

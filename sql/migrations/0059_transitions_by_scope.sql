-- Counting transitions by day reads this index alone; rows of one day stand side by side in it, as they did by day alone.
drop index silver.user_state_transitions_transition_on;
create index user_state_transitions_by_scope on silver.user_state_transitions (scope, transition_on, from_state, to_state);

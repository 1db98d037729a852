/*
description: Updates where each computed user stands; a product's row goes when its life is over.
*/
delete from user_states as s
using run.touched as t
where t.user_id = s.user_id and t.is_replay;

delete from user_states as s
using run.scope_lives as l
where l.is_over and l.user_id = s.user_id and l.scope = s.scope and l.scope <> 'platform'
    and not exists (select from run.balances as b where b.user_id = s.user_id and b.scope = s.scope);

merge into user_states as s
using run.balances as b
    on b.user_id = s.user_id and b.scope = s.scope
when matched then update set
    started_on = b.started_on,
    active_until = b.active_until,
    dormant_until = b.dormant_until,
    last_qualifying_on = b.last_qualifying_on,
    next_change_on = b.next_change_on,
    life_number = b.life_number,
    state_since = b.state_since,
    started_at = b.started_at,
    last_qualifying_at = b.last_qualifying_at,
    activation_date = b.activation_date,
    dunning_since = b.dunning_since,
    updated_at = b.updated_at,
    qualifying_events = b.qualifying_events,
    is_dunning = b.is_dunning,
    state = b.state,
    activity_state = b.activity_state,
    dunning_type = b.dunning_type,
    last_qualifying_event_type = b.last_qualifying_event_type
when not matched then insert values (
    b.started_on, b.active_until, b.dormant_until, b.last_qualifying_on, b.next_change_on, b.life_number,
    b.state_since, b.started_at, b.last_qualifying_at, b.activation_date, b.dunning_since, b.updated_at,
    b.qualifying_events, b.user_id, b.is_dunning, b.scope, b.state, b.activity_state, b.dunning_type,
    b.last_qualifying_event_type
);

/*
description: >
  The steps written walk only legal edges, each leaves the state that the step before entered, and
  the last one leads to where the user stands.
dataset: silver.user_state_transitions
severity: error
*/
with steps as (
    select
        user_id,
        scope,
        transition_on,
        seq,
        from_state,
        to_state,
        transition_timestamp,
        lag(to_state) over log as previous_state,
        lag(transition_timestamp) over log as previous_timestamp,
        lead(to_state) over log is null as is_last
    from run.transitions
    window log as (partition by user_id, scope order by transition_on, seq)
)

select s.user_id, s.scope, s.transition_on, s.seq, s.from_state, s.to_state
from steps as s
inner join ref.scopes as sc on sc.scope = s.scope
left join ref.legal_transitions as legal
    on legal.scope_kind = sc.kind
    and legal.from_state = coalesce(s.from_state, '(start)')
    and legal.to_state = s.to_state
left join user_states as standing
    on s.is_last and standing.user_id = s.user_id and standing.scope = s.scope
where legal.scope_kind is null
    or s.from_state <> s.previous_state
    or s.from_state is null and s.previous_state is not null and sc.kind = 'platform'
    or s.transition_timestamp < s.previous_timestamp
    or s.is_last and s.to_state <> standing.state

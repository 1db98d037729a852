/*
description: >
  The steps of accounts walk only legal edges, each leaves the state that the step before entered, and the
  last one leads to where the account stands.
dataset: silver.account_state_transitions
severity: error
*/
with steps as (
    select
        account_id,
        transition_on,
        seq,
        from_state,
        to_state,
        transition_timestamp,
        lag(to_state) over log as previous_state,
        lag(transition_timestamp) over log as previous_timestamp,
        lead(to_state) over log is null as is_last
    from run.account_transitions
    window log as (partition by account_id order by transition_on, seq)
)

select s.account_id, s.transition_on, s.seq, s.from_state, s.to_state
from steps as s
left join ref.legal_transitions as legal
    on legal.scope_kind = 'account'
    and legal.from_state = coalesce(s.from_state, '(start)')
    and legal.to_state = s.to_state
left join account_days as standing
    on s.is_last and standing.account_id = s.account_id and standing.date = :as_of
where legal.scope_kind is null
    or s.from_state <> s.previous_state
    or s.from_state is null and s.previous_state is not null
    or s.transition_timestamp < s.previous_timestamp
    or s.is_last and s.to_state is distinct from standing.state

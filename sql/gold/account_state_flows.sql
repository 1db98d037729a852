/*
description: >
  Accounts that went from each state to each other one on every day. The log walks legal edges
  alone, so one account may make several steps on a day.
owner: customer success
grain: one row per date and step
key: [date, from_state, to_state]
columns:
  date: {type: date, description: Business day.}
  from_state: {type: text, description: "State left; 'start': none before."}
  to_state: {type: text, description: State entered.}
  accounts: {type: bigint, minimum: 1, description: Accounts that made the step.}
*/
select
    transition_on as date,
    coalesce(from_state, 'start') as from_state,
    to_state,
    count(distinct account_id) as accounts
from account_state_transitions
group by transition_on, coalesce(from_state, 'start'), to_state

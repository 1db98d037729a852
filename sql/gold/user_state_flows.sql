/*
description: >
  Users who went from each state to each other one on every day, on the platform and in each product. The log walks
  legal edges alone, so one user may make several steps on a day.
owner: growth
grain: one row per date, scope and step
key: [date, scope, from_state, to_state]
columns:
  date: {type: date, description: Business day.}
  scope: {type: text, description: "'platform' or a product id."}
  from_state: {type: text, description: "State left; 'start': none before."}
  to_state: {type: text, description: State entered.}
  users: {type: bigint, minimum: 1, description: Users who made the step.}
*/
select
    transition_on as date,
    scope,
    coalesce(from_state, 'start') as from_state,
    to_state,
    count(distinct user_id) as users
from user_state_transitions
group by transition_on, scope, coalesce(from_state, 'start'), to_state

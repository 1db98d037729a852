/*
description: State of every user in every product they have adopted, as of the last publication.
owner: data
grain: one row per user and adopted product
key: [user_id, product_id]
columns:
  user_id: {type: uuid, description: Pseudonym of the user.}
  product_id: {type: text, description: Product.}
  current_state: {type: text, values: [new, active, dormant, churned, reactivated], description: State in the product.}
  state_since: {type: timestamptz, description: Time of the last transition.}
  first_access_at: {type: timestamptz, description: Time of the first event in the product in this life.}
  activation_date: {type: timestamptz, nullable: true, description: Earliest time at which an activation path was complete within its timeframe.}
  last_qualifying_event_at: {type: timestamptz, nullable: true, description: Time of the last qualifying event.}
  total_qualifying_events: {type: integer, minimum: 0, description: Qualifying events in this life.}
  state_updated_at: {type: timestamptz, description: When the row was last computed.}
*/
select
    user_id,
    scope as product_id,
    state as current_state,
    state_since,
    started_at as first_access_at,
    activation_date,
    last_qualifying_at as last_qualifying_event_at,
    qualifying_events as total_qualifying_events,
    updated_at as state_updated_at
from user_states
where scope <> 'platform'

/*
description: Every user's state as of the last publication.
owner: data
grain: one row per user
key: [user_id]
columns:
  user_id: {type: uuid, description: Pseudonym of the user.}
  platform_state: {type: text, values: [new, active, returning, dormant, churned, reactivated, dunning, deleted], description: State on the platform.}
  platform_state_since: {type: timestamptz, description: Time of the last transition.}
  activity_state: {type: text, nullable: true, values: [new, active, returning, dormant, churned, reactivated], description: State by activity alone; null while deleted.}
  last_qualifying_event_at: {type: timestamptz, nullable: true, description: Time of the last qualifying event in this life.}
  last_qualifying_event_type: {type: text, nullable: true, description: Its type.}
  total_qualifying_events: {type: integer, minimum: 0, description: Qualifying events in this life.}
  days_since_signup: {type: integer, minimum: 0, description: Days from signup (or restore) to as_of_date.}
  days_since_last_qualifying_event: {type: integer, nullable: true, minimum: 0, description: Days from the last qualifying day to as_of_date.}
  product_states: {type: jsonb, description: 'Product id → {state, since} for every product the user has adopted.'}
  is_dunning: {type: boolean, description: Whether a payment problem is open.}
  dunning_type: {type: text, nullable: true, values: [soft, grace, hard], description: Kind of dunning.}
  dunning_since: {type: timestamptz, nullable: true, description: Time of the first unresolved payment failure.}
  state_updated_at: {type: timestamptz, description: When the row was last computed.}
  as_of_date: {type: date, description: 'Snapshot date: the state is that at the end of this day.'}
*/
select
    s.user_id,
    s.state as platform_state,
    s.state_since as platform_state_since,
    s.activity_state,
    s.last_qualifying_at as last_qualifying_event_at,
    s.last_qualifying_event_type,
    s.qualifying_events as total_qualifying_events,
    p.as_of - s.started_on as days_since_signup,
    p.as_of - s.last_qualifying_on as days_since_last_qualifying_event,
    (
        select coalesce(
            jsonb_object_agg(q.scope, jsonb_build_object('state', q.state, 'since', q.state_since)), '{}'
        )
        from user_states as q
        where q.user_id = s.user_id and q.scope <> 'platform'
    ) as product_states,
    s.is_dunning,
    s.dunning_type,
    s.dunning_since,
    s.updated_at as state_updated_at,
    p.as_of as as_of_date
from user_states as s
cross join ops.current_publication as p
where s.scope = 'platform'

/*
description: The fresh events, added up by user, day and product.
*/
with added_up as (
    select
        user_id,
        occurred_on,
        scope,
        count(*)::integer as events,
        (count(*) filter (where is_qualifying_event))::integer as qualifying_events,
        -- time and id in one sortable value: the earliest event, the smaller id where two tie
        min(timestamptz_send(occurred_at) || uuid_send(event_id)) as first_event,
        min(timestamptz_send(occurred_at) || uuid_send(event_id))
            filter (where is_qualifying_event) as first_qualifying,
        max(timestamptz_send(occurred_at) || convert_to(event_type, 'UTF8'))
            filter (where is_qualifying_event) as last_qualifying,
        min(occurred_at) as first_event_at,
        min(occurred_at) filter (where is_qualifying_event) as first_qualifying_at,
        max(occurred_at) filter (where is_qualifying_event) as last_qualifying_at
    from run.fresh_events
    group by user_id, occurred_on, scope
)

select
    occurred_on as active_on,
    events,
    qualifying_events,
    first_event_at,
    first_qualifying_at,
    last_qualifying_at,
    user_id,
    encode(substr(first_event, 9), 'hex')::uuid as first_event_id,
    encode(substr(first_qualifying, 9), 'hex')::uuid as first_qualifying_event_id,
    scope,
    convert_from(substr(last_qualifying, 9), 'UTF8') collate "default" as last_qualifying_event_type
from added_up

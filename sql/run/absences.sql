/*
description: >
  Spans in which a user's events do not count: from deletion to restore. A restore starts a new
  life, so the earlier hours of its own day do not count either.
*/
with toggles as (
    select
        entity_id as user_id,
        event_type,
        occurred_at,
        occurred_on,
        event_id,
        lag(event_type) over (partition by entity_id order by occurred_at, event_id) as event_type_before
    from bronze.entity_facts
    where entity_type = 'user' and event_type in ('user_deleted', 'user_restored') and occurred_on <= :as_of
),

-- A second deletion of a deleted user and a restore of a living one change nothing.
effective as (
    select
        *,
        lead(occurred_at) over (partition by user_id order by occurred_at, event_id) as next_at,
        lead(occurred_on) over (partition by user_id order by occurred_at, event_id) as next_on,
        lead(event_id) over (partition by user_id order by occurred_at, event_id) as next_event_id
    from toggles
    where event_type = 'user_deleted' and event_type_before is distinct from 'user_deleted'
        or event_type = 'user_restored' and event_type_before = 'user_deleted'
)

select
    e.user_id,
    e.occurred_at as deleted_at,
    e.occurred_on as deleted_on,
    e.event_id as deletion_id,
    coalesce(e.next_at, 'infinity') as restored_at,
    coalesce(e.next_on, 'infinity') as restored_on,
    e.next_event_id as restoration_id,
    least(e.occurred_at, e.next_on::timestamp at time zone l.business_time_zone) as excluded_from
from effective as e
cross join ref.lifecycle as l
where e.event_type = 'user_deleted'

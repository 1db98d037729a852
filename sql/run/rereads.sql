/*
description: >
  Users whose activity from a day on is read again from the events: those whose deletion or restore became known late,
  since other hours count now, and those who did something, or are said to have, in the part of history that is to be
  computed again.
*/
with reasons as (
    select entity_id as user_id, occurred_on as from_on
    from bronze.entity_facts
    where entity_type = 'user'
        and event_type in ('user_deleted', 'user_restored')
        and occurred_on <= :previous_as_of
        and load_id = any(:loads)
    union all
    select user_id, occurred_on
    from bronze.events
    where occurred_on between :part_from and :part_until and occurred_on <= :previous_as_of
        and user_id is not null
        and ('platform' = any(:part_scopes) or product_id = any(:part_scopes))
    union all
    select user_id, active_on
    from user_daily_activity
    where active_on between :part_from and :part_until and active_on <= :previous_as_of
        and ('platform' = any(:part_scopes) or scope = any(:part_scopes))
)

select user_id, min(from_on) as from_on
from reasons
group by user_id

/*
description: >
  Users' events that no publish has counted yet: those of the new days, those that arrived late for
  published days, and all of the days that are read again. Events outside a life do not count.
*/
with unpublished as (
    select
        user_id, occurred_on, occurred_at, event_id, product_id, feature_id, event_type, is_qualifying_event, metadata
    from bronze.events
    where occurred_on > :previous_as_of and occurred_on <= :as_of and user_id is not null
    union all
    select
        e.user_id, e.occurred_on, e.occurred_at, e.event_id, e.product_id, e.feature_id, e.event_type,
        e.is_qualifying_event, e.metadata
    from bronze.events as e
    where e.occurred_on >= :first_late_day and e.occurred_on <= :previous_as_of
        and e.load_id = any(:loads)
        and e.user_id is not null
        and not exists (select from run.rereads as r where r.user_id = e.user_id and e.occurred_on >= r.from_on)
    union all
    select
        e.user_id, e.occurred_on, e.occurred_at, e.event_id, e.product_id, e.feature_id, e.event_type,
        e.is_qualifying_event, e.metadata
    from run.rereads as r
    inner join bronze.events as e on e.user_id = r.user_id and e.occurred_on >= r.from_on
    where e.occurred_on >= :first_reread_day and e.occurred_on <= :previous_as_of
)

select
    u.user_id,
    u.occurred_on,
    u.occurred_at,
    u.event_id,
    coalesce(u.product_id, 'platform') as scope,
    u.event_type,
    u.feature_id,
    u.is_qualifying_event,
    u.metadata
from unpublished as u
where not exists (
    select from run.absences as a
    where a.user_id = u.user_id and u.occurred_at >= a.excluded_from and u.occurred_at < a.restored_at
)

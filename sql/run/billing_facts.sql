/*
description: >
  The facts of users and accounts by the snapshot date, each with the day and time from which it acts. A
  cancellation for a later day acts at that day's midnight, unless by then a renewal or a new start
  withdrew it or another cancellation took its place.
*/
select
    f.entity_id,
    f.entity_type,
    f.event_id,
    f.event_type,
    f.occurred_at,
    f.occurred_on,
    f.metadata,
    f.load_id,
    effective.acts_on,
    case
        when effective.acts_on = f.occurred_on then f.occurred_at
        else effective.acts_on::timestamp at time zone l.business_time_zone
    end as acts_at,
    case when effective.acts_on = f.occurred_on then f.event_id end as acting_event_id
from bronze.entity_facts as f
cross join ref.lifecycle as l
cross join lateral (
    select
        case
            when f.event_type = 'subscription_canceled' and pg_input_is_valid(f.metadata ->> 'effective_on', 'date')
                then greatest((f.metadata ->> 'effective_on')::date, f.occurred_on)
            else f.occurred_on
        end as acts_on
) as effective
where f.occurred_on <= :as_of
    and (
        effective.acts_on = f.occurred_on
        or not exists (
            select from bronze.entity_facts as later
            where later.entity_id = f.entity_id
                and later.event_type in ('subscription_started', 'subscription_renewed', 'subscription_canceled')
                and (later.occurred_at, later.event_id) > (f.occurred_at, f.event_id)
                and later.occurred_on < effective.acts_on
                and later.occurred_on <= :as_of
        )
    )

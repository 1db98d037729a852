/*
description: >
  Entity types, locations, products and countries that were there on at least four of the last eight same
  weekdays, five times a day or more, and are gone.
dataset: bronze.events
*/
with usual as (
    select dimension, value, count(*) as days, min(events) as least, max(date) as last_seen
    from ops.event_profile
    where date in (select :as_of - 7 * weeks from generate_series(1, 8) as weeks)
        and dimension in ('entity_type', 'location', 'product', 'country')
    group by dimension, value
)

select u.dimension, u.value, u.days, u.least, u.last_seen
from usual as u
where u.days >= 4 and u.least >= 5
    and not exists (
        select from ops.event_profile as today
        where today.date = :as_of and today.dimension = u.dimension and today.value = u.value and today.events > 0
    )

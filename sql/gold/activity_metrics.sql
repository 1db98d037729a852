/*
description: What was done on each day, by event type and product, against the day before and the week before.
owner: product
grain: one row per date, event type and product
key: [date, event_type, product_id]
columns:
  date: {type: date, description: Business day.}
  event_type: {type: text, description: Event type.}
  product_id: {type: text, description: "Product; 'platform': none."}
  category: {type: text, nullable: true, description: Category of the event type.}
  events: {type: bigint, minimum: 0, description: Accepted events.}
  qualifying_events: {type: bigint, minimum: 0, description: Those of them that qualify.}
  events_previous_day: {type: bigint, nullable: true, description: 'Events of the day before; null: none.'}
  events_previous_week: {type: bigint, nullable: true, description: 'Events of the same weekday of the week before; null: none.'}
*/
select
    e.date, e.event_type, e.product_id, t.category, e.events, e.qualifying_events,
    day_before.events as events_previous_day,
    week_before.events as events_previous_week
from gold.events_daily as e
left join ref.event_types as t on t.event_type = e.event_type
left join gold.events_daily as day_before
    on day_before.date = e.date - 1 and day_before.event_type = e.event_type and day_before.product_id = e.product_id
left join gold.events_daily as week_before
    on week_before.date = e.date - 7 and week_before.event_type = e.event_type and week_before.product_id = e.product_id

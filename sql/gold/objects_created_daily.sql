/*
description: >
  How many of every object were created on each day, from the event types that end in _created:
  videos_created_daily of the sources is the object video.
owner: product
grain: one row per object, product and date
key: [object, product_id, date]
columns:
  object: {type: text, description: 'What was created: the event type without _created.'}
  product_id: {type: text, description: "Product; 'platform': none."}
  date: {type: date, description: Business day.}
  created: {type: bigint, minimum: 0, description: Objects created.}
*/
select
    left(event_type, -length('_created')) as object,
    product_id,
    date,
    events as created
from gold.events_daily
where event_type like '%\_created'

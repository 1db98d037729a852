/*
description: Videos created on each day; of other objects see gold.objects_created_daily.
owner: product
grain: one row per date
key: [date]
columns:
  date: {type: date, description: Business day.}
  created: {type: bigint, minimum: 0, description: Videos created.}
*/
select date, sum(events)::bigint as created
from gold.events_daily
where event_type = 'video_created'
group by date

/*
description: >
  Users whose deletion or restore became known late: their activity from that day on is read again
  from the events, since other hours count now.
*/
select entity_id as user_id, min(occurred_on) as from_on
from bronze.entity_facts
where entity_type = 'user'
    and event_type in ('user_deleted', 'user_restored')
    and occurred_on <= :previous_as_of
    and load_id = any(:loads)
group by entity_id

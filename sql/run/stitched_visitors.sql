/*
description: >
  The user that each visitor became: the first whose signup names the visitor, so that no visit counts for two.
*/
select distinct on (visitor_id)
    (f.metadata ->> 'visitor_id')::uuid as visitor_id, f.entity_id as user_id, f.occurred_on as signed_up_on
from bronze.entity_facts as f
where f.event_type = 'user_signed_up' and f.metadata ? 'visitor_id'
order by visitor_id, f.occurred_at, f.entity_id

/*
description: First fresh event of each day of the types that activation paths name.
*/
select
    occurred_on,
    min(occurred_at) as first_at,
    user_id,
    scope,
    event_type
from run.fresh_events
where event_type in (select unnest(event_types) from ref.activation_paths)
group by user_id, scope, event_type, occurred_on

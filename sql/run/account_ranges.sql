/*
description: >
  The days to compute of every account: those after the last publication, or from the first one touched on.
  Members are counted anew (`is_recount`) where no opening balance says where they stood.
*/
select
    f.account_id,
    f.created_on,
    days.from_on,
    coalesce(t.is_recount, false) or days.from_on <= :previous_as_of or days.from_on = f.created_on as is_recount
from (
    select account_id, min(created_on) as created_on
    from account_fact_spans
    group by account_id
) as f
left join run.account_touched as t on t.account_id = f.account_id
cross join lateral (
    select greatest(f.created_on, least(t.from_on, :previous_as_of + 1)) as from_on
) as days
where days.from_on <= :as_of

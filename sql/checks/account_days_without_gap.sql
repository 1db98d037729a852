/*
description: >
  Every account is in exactly one state on every day from its creation to the snapshot date. The key of the
  table leaves no second row for a day, so their number tells.
dataset: silver.account_state_history
severity: error
*/
with counted as (
    select d.account_id, count(*) as days, min(d.date) as first_on, max(d.date) as last_on
    from account_days as d
    inner join run.account_touched as t on t.account_id = d.account_id
    group by d.account_id
)

select r.account_id, r.created_on, c.days, c.first_on, c.last_on
from run.account_ranges as r
left join run.account_touched as t on t.account_id = r.account_id
left join counted as c on c.account_id = r.account_id
left join account_days as newest on newest.account_id = r.account_id and newest.date = :as_of
where newest.account_id is null
    or t.account_id is not null
    and (c.days, c.first_on, c.last_on) is distinct from (:as_of - r.created_on + 1, r.created_on, :as_of)

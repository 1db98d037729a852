/*
description: >
  Qualifying days of the primary admins, each on the first of the days to compute on which it matters: a day
  before those, or before the user became the admin, on the first of them.
*/
with tenures as (
    select distinct f.account_id, f.admin_user_id, f.admin_since, r.is_recount, greatest(r.from_on, f.admin_since) as from_on
    from run.account_ranges as r
    inner join account_fact_spans as f on f.account_id = r.account_id and f.to_on >= r.from_on and f.from_on <= :as_of
    where f.admin_user_id is not null
),

days as (
    select t.account_id, t.admin_since, t.from_on, a.active_on
    from tenures as t
    inner join user_daily_activity as a on a.user_id = t.admin_user_id
    inner join user_lives as life
        on life.user_id = a.user_id and a.active_on >= life.started_on and a.active_on < life.ended_on
    where t.is_recount and a.qualifying_events > 0 and a.active_on <= :as_of
    union all
    select t.account_id, t.admin_since, t.from_on, a.active_on
    from tenures as t
    inner join run.touched_activity as a on a.user_id = t.admin_user_id
    where not t.is_recount and a.qualifying_events > 0 and a.active_on > :previous_as_of
    union all
    select t.account_id, t.admin_since, t.from_on, o.admin_last_active_on
    from tenures as t
    inner join run.account_openings as o on o.account_id = t.account_id
    where not t.is_recount and o.admin_last_active_on is not null
)

select account_id, admin_since, greatest(active_on, from_on) as date, max(active_on) as last_active_on
from days
group by account_id, admin_since, greatest(active_on, from_on)

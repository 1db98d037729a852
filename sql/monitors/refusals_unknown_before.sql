/*
description: >
  Reasons for which rows were refused with this publication, at least ten of them, and none in the 28 days
  before: a field that changed its type, or that is not sent any more.
dataset: bronze.event_quarantine
*/
with refused as (
    select q.feed, refusal.reason, m.published_as_of = :as_of as is_fresh
    from bronze.event_quarantine as q
    inner join ops.load_manifest as m on m.load_id = q.load_id
    cross join lateral unnest(q.reasons) as refusal (reason)
    where m.published_as_of between :as_of - 28 and :as_of
)

select feed, reason, count(*) as rows_refused
from refused
group by feed, reason
having bool_and(is_fresh) and count(*) >= 10
    and exists (
        select from ops.load_manifest as earlier
        where earlier.feed = refused.feed and earlier.published_as_of between :as_of - 28 and :as_of - 1
    )

/*
description: >
  Optional fields whose share of events without them is more than ten percentage points from the median of
  the last eight same weekdays; of days with at least thirty events.
dataset: bronze.events
*/
with shares as (
    select missing.date, missing.value as field, missing.events::numeric / whole.events as share
    from ops.event_profile as missing
    inner join ops.event_profile as whole on whole.date = missing.date and whole.dimension = 'all'
    where missing.dimension = 'missing'
        and whole.events >= 30
        and missing.date in (select :as_of - 7 * weeks from generate_series(0, 8) as weeks)
),

usual as (
    select field, percentile_cont(0.5) within group (order by share) as share
    from shares
    where date < :as_of
    group by field
    having count(*) >= 4
)

select s.field, round(s.share, 4) as share_missing, round(u.share::numeric, 4) as usual_share
from shares as s
inner join usual as u on u.field = s.field
where s.date = :as_of and abs(s.share - u.share) > 0.1

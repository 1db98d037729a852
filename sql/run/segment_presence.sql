/*
description: >
  Stretches of the days to compute, where more than the snapshot date is computed, over which a product or feature
  is present in a sliding window, which it is as long as one of its days is in it; and over which a product of the
  30 days before is missing in the last 30.
*/
with uses as (
    select r.user_id, r.life_number, r.from_on, r.to_on, 'products' as kind, a.scope as used_id, a.active_on as used_on
    from run.segment_batch as r
    inner join user_daily_activity as a
        on a.user_id = r.user_id
        and a.active_on > r.from_on - 60 and a.active_on >= r.started_on and a.active_on <= r.to_on
    where a.qualifying_events > 0 and a.scope <> 'platform' and r.from_on < :as_of
    union all
    select r.user_id, r.life_number, r.from_on, r.to_on, kind.name, d.feature_id, d.used_on
    from run.segment_batch as r
    inner join user_feature_days as d
        on d.user_id = r.user_id
        and d.used_on > r.from_on - 30 and d.used_on >= r.started_on and d.used_on <= r.to_on
    inner join (values ('features', false), ('advanced_features', true)) as kind (name, is_advanced)
        on d.is_advanced or not kind.is_advanced
    where r.from_on < :as_of
),

presence as (
    select
        user_id, life_number, kind,
        datemultirange(daterange(from_on, to_on, '[]')) as computed,
        range_agg(daterange(used_on, used_on + 30)) as recent,
        range_agg(daterange(used_on + 30, used_on + 60)) as before
    from uses
    group by user_id, life_number, from_on, to_on, kind, used_id
),

present as (
    select user_id, life_number, kind || '_30' as fact, unnest(recent * computed) as days from presence
    union all
    select user_id, life_number, 'products_60', unnest(before * computed) from presence where kind = 'products'
    union all
    select user_id, life_number, 'products_dropped', unnest((before - recent) * computed) from presence where kind = 'products'
)

select user_id, life_number, fact, lower(days) as from_on, upper(days) - 1 as to_on
from present

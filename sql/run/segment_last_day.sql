/*
description: >
  What the sliding windows contain where the snapshot date alone is computed, which is most users of a daily run:
  all of it in one pass over the ninety days, each a bit, the snapshot date the first. They are gathered as whole
  numbers, sixty and thirty of them, which is faster than bit strings.
*/
with uses as (
    select
        r.user_id,
        r.life_number,
        a.scope,
        sum(a.qualifying_events) filter (where a.active_on = :as_of) as events_today,
        sum(a.qualifying_events) as recent_events,
        sum(a.qualifying_events) filter (where a.active_on > :as_of - 30) as events_30,
        sum(a.qualifying_events) filter (where a.active_on between :as_of - 59 and :as_of - 30) as events_60,
        bit_or(1::bigint << (59 - (:as_of - a.active_on))) filter (where a.active_on > :as_of - 60) as days_to_59,
        bit_or(1::bigint << (89 - (:as_of - a.active_on))) filter (where a.active_on <= :as_of - 60) as days_to_89
    from run.segment_ranges as r
    inner join user_daily_activity as a
        on a.user_id = r.user_id and a.active_on >= r.started_on
        and a.active_on > :as_of - 90 and a.active_on <= :as_of
    where a.qualifying_events > 0 and r.from_on = :as_of
    group by r.user_id, r.life_number, a.scope
),

features as (
    select
        r.user_id,
        r.life_number,
        count(distinct d.feature_id) as features_30,
        count(distinct d.feature_id) filter (where d.is_advanced) as advanced_features_30
    from run.segment_ranges as r
    inner join user_feature_days as d
        on d.user_id = r.user_id and d.used_on >= r.started_on
        and d.used_on > :as_of - 30 and d.used_on <= :as_of
    where r.from_on = :as_of
    group by r.user_id, r.life_number
),

counted as (
    select
        *,
        coalesce(days_to_59 >> 30, 0) > 0 as is_recent,
        coalesce(days_to_59 & ((1 << 30) - 1), 0) > 0 as is_before
    from uses
),

activity as (
    select
        user_id,
        life_number,
        sum(events_today) as events_today,
        sum(recent_events) as recent_events,
        sum(events_30) as events_30,
        sum(events_60) as events_60,
        coalesce(bit_or(days_to_59), 0)::bit(60) || coalesce(bit_or(days_to_89), 0)::bit(30) as days,
        count(*) filter (where is_recent and scope <> 'platform') as products_30,
        count(*) filter (where is_before and scope <> 'platform') as products_60,
        count(*) filter (where is_before and not is_recent and scope <> 'platform') as products_dropped
    from counted
    group by user_id, life_number
)

select
    user_id,
    life_number,
    :as_of as on_day,
    coalesce(a.events_30, 0)::integer as events_30,
    coalesce(a.events_60, 0)::integer as events_60,
    coalesce(bit_count(substring(a.days for 30)), 0)::integer as days_30,
    coalesce(bit_count(substring(a.days from 31 for 30)), 0)::integer as days_60,
    coalesce(bit_count(substring(a.days from 61)), 0)::integer as days_90,
    coalesce(bit_count(substring(a.days for s.silent_from_days)), 0)::integer as days_until_silent,
    coalesce(bit_count(substring(a.days for s.silent_to_days + 1)), 0)::integer as days_while_silent,
    coalesce(bit_count(substring(a.days for s.lost_days)), 0)::integer as days_until_lost,
    coalesce((
        select sum(bit_count(substring(a.days from 7 * week + 1 for 7)) << (3 * week))
        from generate_series(0, 11) as week
    ), 0)::bigint as weeks,
    coalesce(a.products_30, 0)::integer as products_30,
    coalesce(a.products_60, 0)::integer as products_60,
    coalesce(a.products_dropped, 0)::integer as products_dropped,
    coalesce(f.features_30, 0)::integer as features_30,
    coalesce(f.advanced_features_30, 0)::integer as advanced_features_30,
    coalesce(a.events_today, 0)::integer as events_today,
    coalesce(a.recent_events, 0)::integer as recent_events
from activity as a
full join features as f using (user_id, life_number)  -- noqa: ST07
cross join ref.segment_settings as s

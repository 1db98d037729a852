/*
description: >
  What the sliding windows contain where the snapshot date alone is computed, which is most users of a daily run:
  all of it in one pass over the ninety days, each a bit, the snapshot date the first. They are gathered as whole
  numbers, sixty and thirty of them, which is faster than bit strings. The products of the 30 days before are counted
  where one was given up and it is not enough alone, the features where there are events and days enough: nowhere else
  they matter.
*/
with uses as (
    select
        r.user_id,
        r.life_number,
        r.started_on,
        sum(a.qualifying_events) filter (where a.active_on = :as_of) as events_today,
        sum(a.qualifying_events) as recent_events,
        sum(a.qualifying_events) filter (where a.active_on > :as_of - 30) as events_30,
        sum(a.qualifying_events) filter (where a.active_on between :as_of - 59 and :as_of - 30) as events_60,
        bit_or(1::bigint << (59 - (:as_of - a.active_on))) filter (where a.active_on > :as_of - 60) as days_to_59,
        bit_or(1::bigint << (89 - (:as_of - a.active_on))) filter (where a.active_on <= :as_of - 60) as days_to_89
    from run.segment_batch as r
    inner join user_daily_activity as a
        on a.user_id = r.user_id and a.active_on >= r.started_on
        and a.active_on > :as_of - 90 and a.active_on <= :as_of
    where a.qualifying_events > 0 and r.from_on = :as_of
    group by r.user_id, r.life_number, r.started_on
),

windows as (
    select *, coalesce(days_to_59, 0)::bit(60) || coalesce(days_to_89, 0)::bit(30) as days
    from uses
),

-- The last day in each product says whether it is in the last 30 days, or was given up for them.
products as (
    select
        r.user_id,
        r.started_on,
        count(*) filter (where s.last_qualifying_on > :as_of - 30) as products_30,
        count(*) filter (where s.last_qualifying_on <= :as_of - 30) as products_dropped
    from run.segment_batch as r
    inner join user_states as s
        on s.user_id = r.user_id and s.life_number = r.life_number and s.last_qualifying_on > :as_of - 60
    where r.from_on = :as_of and s.scope <> 'platform'
    group by r.user_id, r.started_on
),

products_before as (
    select p.user_id, count(distinct a.scope) as products_60
    from products as p
    inner join ref.segment_settings as s on p.products_dropped between 1 and s.drop_minimum_products - 1
    inner join user_daily_activity as a
        on a.user_id = p.user_id and a.active_on >= p.started_on
        and a.active_on between :as_of - 59 and :as_of - 30
    where a.qualifying_events > 0 and a.scope <> 'platform'
    group by p.user_id
),

features as (
    select u.user_id, used.features_30
    from windows as u
    inner join ref.segment_settings as s
        on u.events_30 >= s.power_events and bit_count(substring(u.days for 30)) >= s.power_active_days
    cross join lateral (
        select count(distinct d.feature_id) as features_30
        from user_feature_days as d
        where d.user_id = u.user_id and d.used_on >= u.started_on and d.used_on > :as_of - 30 and d.used_on <= :as_of
    ) as used
),

advanced_features as (
    select r.user_id, r.life_number, count(distinct d.feature_id) as advanced_features_30
    from run.segment_batch as r
    inner join user_feature_days as d
        on d.user_id = r.user_id and d.used_on >= r.started_on
        and d.used_on > :as_of - 30 and d.used_on <= :as_of
    where r.from_on = :as_of and d.is_advanced
    group by r.user_id, r.life_number
),

activity as (
    select
        u.*,
        p.products_30,
        coalesce(b.products_60, p.products_dropped) as products_60,
        p.products_dropped,
        f.features_30
    from windows as u
    left join products as p on p.user_id = u.user_id
    left join products_before as b on b.user_id = u.user_id
    left join features as f on f.user_id = u.user_id
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
    coalesce(a.features_30, 0)::integer as features_30,
    coalesce(f.advanced_features_30, 0)::integer as advanced_features_30,
    coalesce(a.events_today, 0)::integer as events_today,
    coalesce(a.recent_events, 0)::integer as recent_events
from activity as a
full join advanced_features as f using (user_id, life_number)  -- noqa: ST07
cross join ref.segment_settings as s

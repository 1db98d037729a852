/*
description: >
  By how much the number of different products and features in the sliding windows changes from day to
  day: one is present as long as one of its days is in the window.
*/
with uses as (
    select r.user_id, r.life_number, r.from_on, r.to_on, 'product' as kind, a.scope as used_id, a.active_on as used_on
    from run.segment_ranges as r
    inner join user_daily_activity as a
        on a.user_id = r.user_id
        and a.active_on > r.from_on - 60 and a.active_on >= r.started_on and a.active_on <= r.to_on
    where a.qualifying_events > 0 and a.scope <> 'platform'
    union all
    select r.user_id, r.life_number, r.from_on, r.to_on, kind.name, d.feature_id, d.used_on
    from run.segment_ranges as r
    inner join user_feature_days as d
        on d.user_id = r.user_id
        and d.used_on > r.from_on - 30 and d.used_on >= r.started_on and d.used_on <= r.to_on
    inner join (values ('feature', false), ('advanced', true)) as kind (name, is_advanced)
        on d.is_advanced or not kind.is_advanced
),

ages as (
    select user_id, life_number, from_on as on_day, kind, used_id, from_on - used_on as age, 1 as sign
    from uses
    where used_on <= from_on
    union all
    select u.user_id, u.life_number, u.used_on + e.age, u.kind, u.used_id, e.age + side.shift, side.sign
    from uses as u
    inner join (values (0), (30), (60)) as e (age)
        on u.used_on + e.age > u.from_on and u.used_on + e.age <= u.to_on
    cross join (values (0, 1), (-1, -1)) as side (shift, sign)
    where u.to_on > u.from_on
),

by_day as (
    select
        user_id, life_number, on_day, kind, used_id,
        coalesce(sum(sign) filter (where age between 0 and 29), 0) as recent,
        coalesce(sum(sign) filter (where age between 30 and 59), 0) as before
    from ages
    group by user_id, life_number, on_day, kind, used_id
),

present as (
    select
        user_id, life_number, on_day, kind, used_id,
        (sum(recent) over so_far > 0)::integer as is_recent,
        (sum(before) over so_far > 0)::integer as is_before
    from by_day
    window so_far as (partition by user_id, life_number, kind, used_id order by on_day)
),

changes as (
    select
        user_id, life_number, on_day, kind,
        is_recent - lag(is_recent, 1, 0) over item as recent,
        is_before - lag(is_before, 1, 0) over item as before,
        is_before * (1 - is_recent) - coalesce(lag(is_before * (1 - is_recent)) over item, 0) as dropped
    from present
    window item as (partition by user_id, life_number, kind, used_id order by on_day)
)

select
    user_id,
    life_number,
    on_day,
    sum(recent) filter (where kind = 'product') as products_30,
    sum(before) filter (where kind = 'product') as products_60,
    sum(dropped) filter (where kind = 'product') as products_dropped,
    sum(recent) filter (where kind = 'feature') as features_30,
    sum(recent) filter (where kind = 'advanced') as advanced_features_30
from changes
group by user_id, life_number, on_day

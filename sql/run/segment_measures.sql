/*
description: >
  The numbers that decide segments, on each day on which one of them changes: running sums of what
  enters and leaves, from the first day to compute on.
*/
with moves as (
    select f.user_id, f.life_number, greatest(f.from_on, r.from_on) as on_day, f.fact, f.weight
    from run.segment_facts as f
    inner join run.segment_ranges as r on r.user_id = f.user_id and r.life_number = f.life_number
    where f.from_on <= r.to_on and f.to_on >= r.from_on and f.from_on <= f.to_on
    union all
    select f.user_id, f.life_number, f.to_on + 1, f.fact, -f.weight
    from run.segment_facts as f
    inner join run.segment_ranges as r on r.user_id = f.user_id and r.life_number = f.life_number
    where f.to_on < r.to_on and f.to_on >= r.from_on and f.from_on <= f.to_on
    union all
    select user_id, life_number, from_on, null, 0 from run.segment_ranges
    union all
    select r.user_id, r.life_number, r.started_on + b.day, null, 0
    from run.segment_ranges as r
    inner join ref.journey_boundaries as b
        on r.started_on + b.day > r.from_on and r.started_on + b.day <= r.to_on
    union all
    select user_id, life_number, on_day, null, 0 from run.segment_windows
    union all
    select user_id, life_number, on_day, null, 0 from run.segment_presence
),

facts as (
    select
        user_id,
        life_number,
        on_day,
        sum(weight) filter (where fact = 'new') as new,
        sum(weight) filter (where fact = 'active') as active,
        sum(weight) filter (where fact = 'dormant') as dormant,
        sum(weight) filter (where fact = 'churned') as churned,
        sum(weight) filter (where fact = 'stable') as stable,
        sum(weight) filter (where fact = 'reactivated') as reactivated,
        sum(weight) filter (where fact = 'reactivations') as reactivations,
        sum(weight) filter (where fact = 'products_active') as products_active,
        sum(weight) filter (where fact = 'products_tried') as products_tried,
        sum(weight) filter (where fact = 'features_offered') as features_offered,
        sum(weight) filter (where fact = 'features_used') as features_used,
        sum(weight) filter (where fact = 'advanced_days') as advanced_days,
        sum(weight) filter (where fact = 'people') as people,
        sum(weight) filter (where fact = 'invited') as invited,
        sum(weight) filter (where fact = 'runs') as runs,
        sum(weight) filter (where fact = 'runs_completed') as runs_completed,
        sum(weight) filter (where fact = 'completions') as completions,
        sum(weight) filter (where fact = 'seasons') as seasons,
        sum(weight) filter (where fact = 'other_months') as other_months,
        sum(weight) filter (where fact = 'began') as began,
        sum(weight) filter (where fact = 'settled') as settled,
        sum(weight) filter (where fact = 'onboarded') as onboarded
    from moves
    group by user_id, life_number, on_day
)

select
    f.user_id,
    f.life_number,
    f.on_day,
    coalesce(sum(w.events_30) over so_far, 0)::bigint as events_30,
    coalesce(sum(w.events_60) over so_far, 0)::bigint as events_60,
    coalesce(sum(w.days_30) over so_far, 0)::bigint as days_30,
    coalesce(sum(w.days_60) over so_far, 0)::bigint as days_60,
    coalesce(sum(w.days_90) over so_far, 0)::bigint as days_90,
    coalesce(sum(w.days_until_silent) over so_far, 0)::bigint as days_until_silent,
    coalesce(sum(w.days_while_silent) over so_far, 0)::bigint as days_while_silent,
    coalesce(sum(w.days_until_lost) over so_far, 0)::bigint as days_until_lost,
    coalesce(sum(w.weeks) over so_far, 0)::bigint as weeks,
    coalesce(sum(p.products_30) over so_far, 0)::bigint as products_30,
    coalesce(sum(p.products_60) over so_far, 0)::bigint as products_60,
    coalesce(sum(p.products_dropped) over so_far, 0)::bigint as products_dropped,
    coalesce(sum(p.features_30) over so_far, 0)::bigint as features_30,
    coalesce(sum(p.advanced_features_30) over so_far, 0)::bigint as advanced_features_30,
    coalesce(sum(f.new) over so_far, 0)::bigint as new,
    coalesce(sum(f.active) over so_far, 0)::bigint as active,
    coalesce(sum(f.dormant) over so_far, 0)::bigint as dormant,
    coalesce(sum(f.churned) over so_far, 0)::bigint as churned,
    coalesce(sum(f.stable) over so_far, 0)::bigint as stable,
    coalesce(sum(f.reactivated) over so_far, 0)::bigint as reactivated,
    coalesce(sum(f.reactivations) over so_far, 0)::bigint as reactivations,
    coalesce(sum(f.products_active) over so_far, 0)::bigint as products_active,
    coalesce(sum(f.products_tried) over so_far, 0)::bigint as products_tried,
    coalesce(sum(f.features_offered) over so_far, 0)::bigint as features_offered,
    coalesce(sum(f.features_used) over so_far, 0)::bigint as features_used,
    coalesce(sum(f.advanced_days) over so_far, 0)::bigint as advanced_days,
    coalesce(sum(f.people) over so_far, 0)::bigint as people,
    coalesce(sum(f.invited) over so_far, 0)::bigint as invited,
    coalesce(sum(f.runs) over so_far, 0)::bigint as runs,
    coalesce(sum(f.runs_completed) over so_far, 0)::bigint as runs_completed,
    coalesce(sum(f.completions) over so_far, 0)::bigint as completions,
    coalesce(sum(f.seasons) over so_far, 0)::bigint as seasons,
    coalesce(sum(f.other_months) over so_far, 0)::bigint as other_months,
    coalesce(sum(f.began) over so_far, 0)::bigint as began,
    coalesce(sum(f.settled) over so_far, 0)::bigint as settled,
    coalesce(sum(f.onboarded) over so_far, 0)::bigint as onboarded
from facts as f
left join run.segment_windows as w on w.user_id = f.user_id and w.life_number = f.life_number and w.on_day = f.on_day
left join run.segment_presence as p on p.user_id = f.user_id and p.life_number = f.life_number and p.on_day = f.on_day
window so_far as (partition by f.user_id, f.life_number order by f.on_day)

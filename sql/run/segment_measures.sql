/*
description: >
  The numbers that decide segments, on each day on which one of them changes: running sums of what
  enters and leaves, from the first day to compute on.
*/
with moves as (
    select user_id, life_number, from_on as on_day, fact, weight
    from run.segment_facts
    union all
    select user_id, life_number, to_on + 1, fact, -weight
    from run.segment_facts
    where to_on < 'infinity'
    union all
    select user_id, life_number, from_on, null, 0 from run.segment_batch
    union all
    select r.user_id, r.life_number, r.started_on + b.day, null, 0
    from run.segment_batch as r
    inner join ref.journey_boundaries as b
        on r.started_on + b.day > r.from_on and r.started_on + b.day <= r.to_on
),

facts as (
    select
        user_id,
        life_number,
        on_day,
        (sum(weight) filter (where fact = 'new'))::integer as new,
        (sum(weight) filter (where fact = 'active'))::integer as active,
        (sum(weight) filter (where fact = 'dormant'))::integer as dormant,
        (sum(weight) filter (where fact = 'churned'))::integer as churned,
        (sum(weight) filter (where fact = 'stable'))::integer as stable,
        (sum(weight) filter (where fact = 'reactivated'))::integer as reactivated,
        (sum(weight) filter (where fact = 'reactivations'))::integer as reactivations,
        (sum(weight) filter (where fact = 'products_active'))::integer as products_active,
        (sum(weight) filter (where fact = 'products_tried'))::integer as products_tried,
        (sum(weight) filter (where fact = 'features_offered'))::integer as features_offered,
        (sum(weight) filter (where fact = 'features_used'))::integer as features_used,
        (sum(weight) filter (where fact = 'advanced_days'))::integer as advanced_days,
        (sum(weight) filter (where fact = 'people'))::integer as people,
        (sum(weight) filter (where fact = 'invited'))::integer as invited,
        (sum(weight) filter (where fact = 'runs'))::integer as runs,
        (sum(weight) filter (where fact = 'runs_completed'))::integer as runs_completed,
        (sum(weight) filter (where fact = 'completions'))::integer as completions,
        (sum(weight) filter (where fact = 'seasons'))::integer as seasons,
        (sum(weight) filter (where fact = 'other_months'))::integer as other_months,
        (sum(weight) filter (where fact = 'began'))::integer as began,
        (sum(weight) filter (where fact = 'settled'))::integer as settled,
        (sum(weight) filter (where fact = 'onboarded'))::integer as onboarded,
        (sum(weight) filter (where fact = 'products_30'))::integer as products_30,
        (sum(weight) filter (where fact = 'products_60'))::integer as products_60,
        (sum(weight) filter (where fact = 'products_dropped'))::integer as products_dropped,
        (sum(weight) filter (where fact = 'features_30'))::integer as features_30,
        (sum(weight) filter (where fact = 'advanced_features_30'))::integer as advanced_features_30
    from moves
    group by user_id, life_number, on_day
),

windows as (
    select
        user_id, life_number, on_day, events_30, events_60, days_30, days_60, days_90, days_until_silent,
        days_while_silent, days_until_lost, weeks,
        null::integer as products_30, null::integer as products_60, null::integer as products_dropped,
        null::integer as features_30, null::integer as advanced_features_30
    from run.segment_windows
    union all
    select
        user_id, life_number, on_day, events_30, events_60, days_30, days_60, days_90, days_until_silent,
        days_while_silent, days_until_lost, weeks, products_30, products_60, products_dropped, features_30,
        advanced_features_30
    from run.segment_last_day
)

select
    user_id,
    life_number,
    on_day,
    coalesce(sum(events_30) over so_far, 0) as events_30,
    coalesce(sum(events_60) over so_far, 0) as events_60,
    coalesce(sum(days_30) over so_far, 0) as days_30,
    coalesce(sum(days_60) over so_far, 0) as days_60,
    coalesce(sum(days_90) over so_far, 0) as days_90,
    coalesce(sum(days_until_silent) over so_far, 0) as days_until_silent,
    coalesce(sum(days_while_silent) over so_far, 0) as days_while_silent,
    coalesce(sum(days_until_lost) over so_far, 0) as days_until_lost,
    coalesce(sum(weeks) over so_far, 0)::bigint as weeks,
    coalesce(sum(coalesce(facts.products_30, windows.products_30)) over so_far, 0) as products_30,
    coalesce(sum(coalesce(facts.products_60, windows.products_60)) over so_far, 0) as products_60,
    coalesce(sum(coalesce(facts.products_dropped, windows.products_dropped)) over so_far, 0) as products_dropped,
    coalesce(sum(coalesce(facts.features_30, windows.features_30)) over so_far, 0) as features_30,
    coalesce(sum(coalesce(facts.advanced_features_30, windows.advanced_features_30)) over so_far, 0) as advanced_features_30,
    coalesce(sum(new) over so_far, 0) as new,
    coalesce(sum(active) over so_far, 0) as active,
    coalesce(sum(dormant) over so_far, 0) as dormant,
    coalesce(sum(churned) over so_far, 0) as churned,
    coalesce(sum(stable) over so_far, 0) as stable,
    coalesce(sum(reactivated) over so_far, 0) as reactivated,
    coalesce(sum(reactivations) over so_far, 0) as reactivations,
    coalesce(sum(products_active) over so_far, 0) as products_active,
    coalesce(sum(products_tried) over so_far, 0) as products_tried,
    coalesce(sum(features_offered) over so_far, 0) as features_offered,
    coalesce(sum(features_used) over so_far, 0) as features_used,
    coalesce(sum(advanced_days) over so_far, 0) as advanced_days,
    coalesce(sum(people) over so_far, 0) as people,
    coalesce(sum(invited) over so_far, 0) as invited,
    coalesce(sum(runs) over so_far, 0) as runs,
    coalesce(sum(runs_completed) over so_far, 0) as runs_completed,
    coalesce(sum(completions) over so_far, 0) as completions,
    coalesce(sum(seasons) over so_far, 0) as seasons,
    coalesce(sum(other_months) over so_far, 0) as other_months,
    coalesce(sum(began) over so_far, 0) as began,
    coalesce(sum(settled) over so_far, 0) as settled,
    coalesce(sum(onboarded) over so_far, 0) as onboarded
from facts
full join windows using (user_id, life_number, on_day)  -- noqa: ST07
window so_far as (partition by user_id, life_number order by on_day)

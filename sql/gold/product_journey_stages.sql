/*
description: The stages of users' journeys across the products, as of the last publication, over all lives of users.
owner: product
grain: one row per stage
key: [stage]
columns:
  stage: {type: text, values: [single, explorer, multi, platform], description: Stage.}
  stage_order: {type: integer, description: 'Position on the way, 1 to 4.'}
  users_now: {type: bigint, minimum: 0, description: Users in the stage now.}
  times_entered: {type: bigint, minimum: 0, description: Times that a user entered it.}
  times_progressed: {type: bigint, minimum: 0, description: Times that the next stage was a higher one.}
  times_fell_back: {type: bigint, minimum: 0, description: Times that it was a lower one.}
  times_dropped_off: {type: bigint, minimum: 0, description: 'Times that a user was deleted in it, and users in it who are churned on the platform now.'}
  progression_rate: {type: numeric, nullable: true, minimum: 0, description: times_progressed / times_entered.}
  drop_off_rate: {type: numeric, nullable: true, minimum: 0, description: times_dropped_off / times_entered.}
  median_days_in_stage: {type: numeric, nullable: true, minimum: 0, description: 'Median days of the stays that are over; null: none is.'}
*/
select
    o.stage,
    o.stage_order::integer as stage_order,
    count(*) filter (where j.is_current) as users_now,
    count(j.user_id) as times_entered,
    count(*) filter (where j.outcome = 'progressed') as times_progressed,
    count(*) filter (where j.outcome = 'fell_back') as times_fell_back,
    count(*) filter (where j.outcome = 'dropped_off') as times_dropped_off,
    count(*) filter (where j.outcome = 'progressed')::numeric / nullif(count(j.user_id), 0) as progression_rate,
    count(*) filter (where j.outcome = 'dropped_off')::numeric / nullif(count(j.user_id), 0) as drop_off_rate,
    (percentile_cont(0.5) within group (order by j.days_in_stage) filter (where not j.is_current))::numeric
        as median_days_in_stage
from unnest(array['single', 'explorer', 'multi', 'platform']) with ordinality as o (stage, stage_order)
left join silver.user_product_journeys as j on j.stage = o.stage
group by o.stage, o.stage_order

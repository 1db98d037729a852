/*
description: >
  Every stage of every user's journey across the products, one after the other, and how it ended. A stage
  follows from the products tried and active in this life: single (at most one tried), explorer (two or more
  tried, fewer than two active), multi (two active), platform (three or more active).
owner: product
grain: one row per user and stretch of days in a stage
key: [user_id, stage_number]
columns:
  user_id: {type: uuid, description: Pseudonym of the user.}
  stage_number: {type: integer, minimum: 1, description: 'Position among the user''s stages, from 1.'}
  stage: {type: text, values: [single, explorer, multi, platform], description: Stage.}
  entered_on: {type: date, description: First day in the stage.}
  left_on: {type: date, nullable: true, description: 'First day after it; null: not left.'}
  days_in_stage: {type: integer, minimum: 1, description: Days in the stage up to as_of_date.}
  previous_stage: {type: text, nullable: true, values: [single, explorer, multi, platform], description: Stage on the day before; null at the start of a life.}
  next_stage: {type: text, nullable: true, values: [single, explorer, multi, platform], description: 'Stage on the day after; null: none yet, or the user was deleted.'}
  outcome: {type: text, values: [progressed, fell_back, dropped_off, ongoing], description: 'progressed or fell_back: to a higher or a lower stage; dropped_off: deleted in the stage, or churned on the platform now; else ongoing.'}
  is_current: {type: boolean, description: Whether the user is in it now.}
  as_of_date: {type: date, description: 'Snapshot date: what is said holds at the end of this day.'}
*/
with stages as (
    select
        s.user_id,
        s.from_on,
        s.to_on,
        s.stage,
        row_number() over journey as stage_number,
        lag(s.stage) over journey as earlier_stage,
        lag(s.to_on) over journey as earlier_to_on,
        lead(s.stage) over journey as later_stage,
        lead(s.from_on) over journey as later_from_on
    from user_journey_spans as s
    window journey as (partition by s.user_id order by s.from_on)
),

linked as (
    select
        s.*,
        case when s.earlier_to_on = s.from_on - 1 then s.earlier_stage end as previous_stage,
        case when s.later_from_on = s.to_on + 1 then s.later_stage end as next_stage,
        s.to_on = 'infinity' as is_current
    from stages as s
)

select
    s.user_id,
    s.stage_number::integer as stage_number,
    s.stage,
    s.from_on as entered_on,
    case when not s.is_current then s.to_on + 1 end as left_on,
    least(s.to_on, p.as_of) - s.from_on + 1 as days_in_stage,
    s.previous_stage,
    s.next_stage,
    case
        when array_position(o.ladder, s.next_stage) > array_position(o.ladder, s.stage) then 'progressed'
        when s.next_stage is not null then 'fell_back'
        when not s.is_current or u.activity_state = 'churned' then 'dropped_off'
        else 'ongoing'
    end as outcome,
    s.is_current,
    p.as_of as as_of_date
from linked as s
cross join ops.current_publication as p
cross join (select array['single', 'explorer', 'multi', 'platform'] as ladder) as o
left join user_states as u on u.user_id = s.user_id and u.scope = 'platform'

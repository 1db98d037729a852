/*
description: >
  Who came together, and how many of them came back: on a day after signup exactly or in a calendar week or
  month after that of the signup, and on that day or in that period or later. A cohort that is too young for a
  cell has null there, never 0.
owner: growth
grain: one row per cohort, segment, day and definition
key: [cohort_grain, cohort_start, segment_key, segment_value, definition, number]
columns:
  cohort_grain: {type: text, values: [day, week, month], description: Length of the period of signup.}
  cohort_start: {type: date, description: First day of that period.}
  segment_key: {type: text, description: 'What the cohort is broken down by, at signup; all: the whole of it.'}
  segment_value: {type: text, description: 'The segment; all: the whole cohort.'}
  day: {type: integer, nullable: true, minimum: 1, description: 'Day after signup; null: a calendar period.'}
  definition: {type: text, values: [on_day, from_day, in_period, from_period], description: 'on_day, in_period: a qualifying event on that day, in that period; from_…: then or later.'}
  users: {type: bigint, minimum: 0, description: Users of the cohort.}
  retained: {type: bigint, nullable: true, minimum: 0, description: 'Those who came back; null: too early to say.'}
  retention: {type: numeric, nullable: true, minimum: 0, description: 'Retained by users, a fraction; null: too early to say.'}
  age_days: {type: integer, minimum: 0, description: Days from the last signup of the cohort to the published day.}
  unit: {type: text, values: [day, week, month], description: What number counts.}
  number: {type: integer, minimum: 1, description: 'Day after signup, or calendar weeks or months after that of the signup.'}
*/
with cells as (
    select
        metric_id,
        grain,
        ('1 ' || grain)::interval as length,
        formula ->> 'active' as definition,
        (formula ->> 'days')::integer as day,
        coalesce(formula ->> 'days', formula ->> 'periods')::integer as number
    from ref.metrics
    where kind = 'cohort' and status <> 'retired'
        and formula ->> 'entered' = 'signed_up' and formula ->> 'active' <> 'within'
),

-- from the signups, and where these are not counted, or not by that, from the cells that are mature
counted as (
    select metric_id, grain, true as is_signups
    from ref.metrics
    where kind = 'flow' and formula -> 'from' = '["start"]' and formula -> 'to' = '["new"]'
        and formula -> 'members' = '[]' and formula ->> 'scope' = 'platform'
    union all
    select metric_id, grain, false
    from cells
),

cohorts as (
    select
        c.grain, v.date, v.segment_key, v.segment_value,
        max(case when c.is_signups then v.value else v.denominator end) as users
    from counted as c
    inner join gold.metric_values as v on v.metric_id = c.metric_id and v.grain = c.grain
    group by c.grain, v.date, v.segment_key, v.segment_value
)

select
    k.grain as cohort_grain,
    k.date as cohort_start,
    k.segment_key,
    k.segment_value,
    c.day,
    c.definition,
    coalesce(v.denominator, k.users)::bigint as users,
    v.numerator::bigint as retained,
    v.value as retention,
    greatest(p.as_of - (k.date + c.length)::date + 1, 0) as age_days,
    case when c.day is null then c.grain else 'day' end as unit,
    c.number
from cohorts as k
inner join cells as c on c.grain = k.grain
cross join ops.current_publication as p
left join gold.metric_values as v
    on v.metric_id = c.metric_id and v.grain = c.grain and v.date = k.date
    and v.segment_key = k.segment_key and v.segment_value = k.segment_value
where k.users > 0

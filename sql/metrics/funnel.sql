/*
description: >
  Of those who reached a stage of a funnel, the share that reached the next one: in order, within so
  many days of their first event of the first stage in the period. Of all periods that have become
  mature with the days.
settings:
  # events have no index by user, and few rows are expected of what is declared: it would read them for each user
  enable_nestloop: "off"
*/
with wanted as (
    select
        metric_id,
        grain,
        segments,
        formula -> 'stages' as stages,
        (formula ->> 'window_days')::integer as window_days,
        (formula ->> 'step')::integer as step
    from ref.metrics
    where kind = 'funnel' and status <> 'retired'
),

funnels as (
    select
        row_number() over () as funnel, stages, grain, window_days,
        date_trunc(grain, (:first::date - window_days)::timestamp)::date as first_on
    from (select distinct stages, grain, window_days from wanted) as one
),

stages as (
    select
        f.funnel, f.first_on, s.position::integer as stage, s.declared -> 'event_types' as event_types,
        s.declared ->> 'moment' as moment
    from funnels as f
    cross join lateral jsonb_array_elements(f.stages) with ordinality as s (declared, position)
),

successes as (
    select event_type from ref.event_types where category = 'outcome'
),

-- what belongs to a first stage
beginnings as (
    select s.funnel, e.user_id, e.occurred_at, e.occurred_on
    from stages as s
    inner join bronze.events as e
        on e.occurred_on between s.first_on and :last
        and (
            s.event_types ? e.event_type
            or s.moment = 'qualifying' and e.is_qualifying_event
            or s.moment = 'activation' and e.is_activation_event
            or s.moment = 'success' and e.event_type = any(array(select event_type from successes))
            and not e.metadata @> '{"failed": true}'
        )
    inner join user_lives as life
        on life.user_id = e.user_id and e.occurred_at >= life.started_at and e.occurred_at < life.ended_at
    where s.stage = 1
    union all
    select s.funnel, l.user_id, l.started_at, l.started_on
    from stages as s
    inner join user_lives as l on l.life_number = 1 and l.started_on between s.first_on and :last
    where s.stage = 1 and s.moment = 'signed_up'
),

entries as (
    select
        b.funnel, f.window_days, date_trunc(f.grain, b.occurred_on::timestamp)::date as date, b.user_id,
        min(b.occurred_at) as entered_at, min(b.occurred_on) as entered_on,
        coalesce(f.stages -> 0 ->> 'moment', '') = 'signed_up' as begins_with_signup
    from beginnings as b
    inner join funnels as f on f.funnel = b.funnel
    where (date_trunc(f.grain, b.occurred_on::timestamp) + ('1 ' || f.grain)::interval)::date - 1 + f.window_days <= :last
    group by b.funnel, f.window_days, f.stages, date_trunc(f.grain, b.occurred_on::timestamp), b.user_id
),

-- the later stages that each moment after the entry belongs to
moments as (
    select n.funnel, n.date, n.user_id, e.occurred_at, array_agg(distinct s.stage) as stages
    from entries as n
    inner join bronze.events as e
        on e.user_id = n.user_id and e.occurred_on between n.entered_on and n.entered_on + n.window_days
        and (e.occurred_at > n.entered_at or e.occurred_at = n.entered_at and n.begins_with_signup)
    inner join user_lives as life
        on life.user_id = e.user_id and e.occurred_at >= life.started_at and e.occurred_at < life.ended_at
    inner join stages as s
        on s.funnel = n.funnel and s.stage > 1
        and (
            s.event_types ? e.event_type
            or s.moment = 'qualifying' and e.is_qualifying_event
            or s.moment = 'activation' and e.is_activation_event
            or s.moment = 'success' and e.event_type = any(array(select event_type from successes))
            and not e.metadata @> '{"failed": true}'
        )
    where e.occurred_on between (select min(first_on) from funnels) and :last
        and (
            e.event_type = any(array(select jsonb_array_elements_text(event_types) from stages))
            or e.is_qualifying_event and 'qualifying' = any(array(select moment from stages))
            or e.is_activation_event and 'activation' = any(array(select moment from stages))
            or e.event_type = any(array(select event_type from successes))
        )
    group by n.funnel, n.date, n.user_id, e.occurred_at
),

reached as (
    select n.funnel, n.date, n.user_id, n.entered_on, gold.last_stage(m.stages order by m.occurred_at) as stage
    from entries as n
    left join moments as m on m.funnel = n.funnel and m.date = n.date and m.user_id = n.user_id
    group by n.funnel, n.date, n.user_id, n.entered_on
),

cube as (
    select r.funnel, r.date, r.stage, a.profile, count(*) as users
    from reached as r
    inner join user_attributes as a on a.user_id = r.user_id and a.from_on <= r.entered_on and a.to_on >= r.entered_on
    group by r.funnel, r.date, r.stage, a.profile
)

select
    w.metric_id,
    c.date,
    w.grain,
    s.segment_key,
    s.segment_value,
    coalesce(sum(c.users) filter (where c.stage >= w.step), 0) / nullif(sum(c.users) filter (where c.stage >= w.step - 1), 0) as value,
    coalesce(sum(c.users) filter (where c.stage >= w.step), 0) as numerator,
    coalesce(sum(c.users) filter (where c.stage >= w.step - 1), 0) as denominator
from wanted as w
inner join funnels as f on f.stages = w.stages and f.grain = w.grain and f.window_days = w.window_days
inner join cube as c on c.funnel = f.funnel
cross join lateral gold.segments_of(c.profile) as s
where s.segment_key = any(w.segments || 'all'::text)
group by w.metric_id, c.date, w.grain, s.segment_key, s.segment_value

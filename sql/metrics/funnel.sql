/*
description: >
  Of those who reached a stage of a funnel, the share that reached the next one: in order, within so
  many days of their first event of the first stage in the period. Of all periods that have become
  mature with the days.
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

events as (
    select
        e.user_id, e.occurred_at, e.occurred_on, e.event_type, e.is_qualifying_event, e.is_activation_event,
        o.event_type is not null and not e.metadata @> '{"failed": true}' as is_success
    from bronze.events as e
    left join (select event_type from ref.event_types where category = 'outcome') as o on o.event_type = e.event_type
    inner join user_lives as life
        on life.user_id = e.user_id and e.occurred_at >= life.started_at and e.occurred_at < life.ended_at
    where e.occurred_on between (select min(first_on) from funnels) and :last
        and (
            e.event_type = any(array(select jsonb_array_elements_text(event_types) from stages))
            or e.is_qualifying_event and 'qualifying' = any(array(select moment from stages))
            or e.is_activation_event and 'activation' = any(array(select moment from stages))
            or o.event_type is not null and 'success' = any(array(select moment from stages))
        )
),

moments as (
    select s.funnel, e.user_id, e.occurred_at, e.occurred_on, array_agg(distinct s.stage) as stages
    from events as e
    inner join stages as s
        on e.occurred_on >= s.first_on
        and (
            s.event_types ? e.event_type
            or s.moment = 'qualifying' and e.is_qualifying_event
            or s.moment = 'activation' and e.is_activation_event
            or s.moment = 'success' and e.is_success
        )
    group by s.funnel, e.user_id, e.occurred_at, e.occurred_on
    union all
    select s.funnel, l.user_id, l.started_at, l.started_on, array[s.stage]
    from stages as s
    inner join user_lives as l on l.life_number = 1 and l.started_on between s.first_on and :last
    where s.moment = 'signed_up'
),

-- the first stage of the period, with the moments from which the next one counts
entries as (
    select
        m.funnel, f.grain, f.window_days, date_trunc(f.grain, m.occurred_on::timestamp)::date as date, m.user_id,
        min(m.occurred_at) as entered_at, min(m.occurred_on) as entered_on,
        coalesce(f.stages -> 0 ->> 'moment', '') = 'signed_up' as begins_with_signup
    from moments as m
    inner join funnels as f on f.funnel = m.funnel
    where 1 = any(m.stages)
        and (date_trunc(f.grain, m.occurred_on::timestamp) + ('1 ' || f.grain)::interval)::date - 1 + f.window_days <= :last
    group by m.funnel, f.grain, f.window_days, f.stages, date_trunc(f.grain, m.occurred_on::timestamp), m.user_id
),

reached as (
    select e.funnel, e.date, e.user_id, e.entered_on, gold.last_stage(m.stages order by m.occurred_at) as stage
    from entries as e
    left join moments as m
        on m.funnel = e.funnel and m.user_id = e.user_id and m.occurred_on <= e.entered_on + e.window_days
        and (m.occurred_at > e.entered_at or m.occurred_at = e.entered_at and e.begins_with_signup)
    group by e.funnel, e.date, e.user_id, e.entered_on
)

select
    w.metric_id,
    r.date,
    w.grain,
    s.segment_key,
    s.segment_value,
    count(*) filter (where r.stage >= w.step)::numeric / nullif(count(*) filter (where r.stage >= w.step - 1), 0) as value,
    count(*) filter (where r.stage >= w.step) as numerator,
    count(*) filter (where r.stage >= w.step - 1) as denominator
from wanted as w
inner join funnels as f on f.stages = w.stages and f.grain = w.grain and f.window_days = w.window_days
inner join reached as r on r.funnel = f.funnel
inner join user_attributes as a
    on a.user_id = r.user_id and a.from_on <= r.entered_on and a.to_on >= r.entered_on
cross join lateral (
    values
    ('all', 'all'),
    ('country', coalesce(a.country, 'unknown')),
    ('plan_type', coalesce(a.plan_type, 'unknown')),
    ('acquisition_source', coalesce(a.acquisition_source, 'unknown')),
    ('role', coalesce(a.role, 'unknown')),
    ('signup_month', to_char(a.signup_on, 'YYYY-MM'))
) as s (segment_key, segment_value)
where s.segment_key = any(w.segments || 'all'::text)
group by w.metric_id, r.date, w.grain, s.segment_key, s.segment_value

/*
description: >
  Of those who reached a stage of a funnel, the share that reached the next one: in order, within so
  many days of their first event of the first stage in the period. Of all periods that have become
  mature with the days.
*/
with recursive wanted as (
    select
        metric_id,
        grain,
        segments,
        formula -> 'stages' as stages,
        (formula ->> 'window_days')::integer as window_days,
        (formula ->> 'step')::integer as step,
        date_trunc(grain, (:first::date - (formula ->> 'window_days')::integer)::timestamp)::date as first_on
    from ref.metrics
    where kind = 'funnel' and status <> 'retired'
),

events as (
    select e.user_id, e.occurred_at, e.occurred_on, e.event_type
    from bronze.events as e
    inner join user_lives as life
        on life.user_id = e.user_id and e.occurred_at >= life.started_at and e.occurred_at < life.ended_at
    where e.occurred_on between (select min(first_on) from wanted) and :last
        and e.event_type in (
            select jsonb_array_elements_text(stage -> 'event_types')
            from wanted, jsonb_array_elements(stages) as stage
        )
),

reached as (
    select * from (
        select distinct on (w.metric_id, date_trunc(w.grain, e.occurred_on::timestamp), e.user_id)
            w.metric_id, w.grain, w.segments, w.stages, w.window_days, w.step,
            date_trunc(w.grain, e.occurred_on::timestamp)::date as date,
            e.user_id, e.occurred_at, e.occurred_on as entered_on, 1 as stage
        from wanted as w
        inner join events as e
            on e.occurred_on >= w.first_on and w.stages -> 0 -> 'event_types' ? e.event_type
        where (date_trunc(w.grain, e.occurred_on::timestamp) + ('1 ' || w.grain)::interval)::date - 1 + w.window_days <= :last
        order by w.metric_id, date_trunc(w.grain, e.occurred_on::timestamp), e.user_id, e.occurred_at
    ) as entry
    union all
    select
        r.metric_id, r.grain, r.segments, r.stages, r.window_days, r.step, r.date,
        r.user_id, following.occurred_at, r.entered_on, r.stage + 1
    from reached as r
    cross join lateral (
        select min(e.occurred_at) as occurred_at
        from events as e
        where e.user_id = r.user_id and e.occurred_at > r.occurred_at
            and e.occurred_on <= r.entered_on + r.window_days
            and r.stages -> r.stage -> 'event_types' ? e.event_type
    ) as following
    where r.stage < r.step and following.occurred_at is not null
)

select
    r.metric_id,
    r.date,
    r.grain,
    s.segment_key,
    s.segment_value,
    count(*) filter (where r.stage = r.step)::numeric / nullif(count(*) filter (where r.stage = r.step - 1), 0) as value,
    count(*) filter (where r.stage = r.step) as numerator,
    count(*) filter (where r.stage = r.step - 1) as denominator
from reached as r
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
where r.stage >= r.step - 1 and s.segment_key = any(r.segments || 'all'::text)
group by r.metric_id, r.date, r.grain, s.segment_key, s.segment_value

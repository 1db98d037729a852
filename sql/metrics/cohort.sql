/*
description: >
  Of those who entered in a period, the share with a qualifying event so many days later: of all
  periods that have become mature, or that the days can still change.
*/
with wanted as (
    select
        metric_id,
        grain,
        segments,
        formula ->> 'entered' as entered,
        formula ->> 'active' as active,
        (formula ->> 'days')::integer as days
    from ref.metrics
    where kind = 'cohort' and status <> 'retired'
),

-- Whose later return still counts is open for ever, so those cohorts are all looked at again.
reach as (
    select
        w.*,
        case w.active
            when 'from_day' then '-infinity'::date
            else date_trunc(w.grain, :first::date - w.days)::date
        end as first_on
    from wanted as w
),

entries as (
    select l.user_id, 'signed_up' as entered, l.started_on as entered_on
    from user_lives as l
    where l.life_number = 1
        and l.started_on between (select min(first_on) from reach where entered = 'signed_up') and :last
    union all
    select t.user_id, e.entered, t.transition_on
    from user_state_transitions as t
    inner join (
        values ('reactivated', 'reactivated'), ('returned', 'reactivated'), ('returned', 'returning')
    ) as e (entered, to_state) on e.to_state = t.to_state
    where t.scope = 'platform'
        and t.transition_on between (select min(first_on) from reach where entered <> 'signed_up') and :last
),

-- In a first life the engine knows the last active day; further lives are few.
last_active as (
    select user_id, last_qualifying_on as last_on
    from user_states
    where scope = 'platform' and life_number = 1
        and exists (select from wanted where active = 'from_day')
),

members as (
    select
        r.metric_id, r.grain, r.segments, e.user_id, e.entered_on,
        date_trunc(r.grain, e.entered_on)::date as date,
        case r.active
            when 'from_day' then coalesce(
                l.last_on,
                (
                    select max(a.active_on) from user_daily_activity as a
                    inner join user_lives as life
                        on life.user_id = a.user_id and a.active_on >= life.started_on and a.active_on < life.ended_on
                    where a.user_id = e.user_id and a.qualifying_events > 0 and l.user_id is null
                )
            ) >= e.entered_on + r.days
            else exists (
                select from user_daily_activity as a
                inner join user_lives as life
                    on life.user_id = a.user_id and a.active_on >= life.started_on and a.active_on < life.ended_on
                where a.user_id = e.user_id and a.qualifying_events > 0
                    and a.active_on between e.entered_on + case r.active when 'on_day' then r.days else 0 end
                    and e.entered_on + r.days
            )
        end as is_active
    from reach as r
    inner join entries as e on e.entered = r.entered and e.entered_on >= r.first_on
    left join last_active as l on l.user_id = e.user_id
    where (date_trunc(r.grain, e.entered_on) + ('1 ' || r.grain)::interval)::date - 1 + r.days <= :last
),

counted as (
    select
        m.metric_id, m.date, m.grain, s.segment_key, s.segment_value,
        count(*) filter (where m.is_active) as numerator, count(*) as denominator
    from members as m
    left join user_attributes as a
        on a.user_id = m.user_id and a.from_on <= m.entered_on and a.to_on >= m.entered_on
    cross join lateral (
        values
        ('all', 'all'),
        ('country', coalesce(a.country, 'unknown')),
        ('plan_type', coalesce(a.plan_type, 'unknown')),
        ('acquisition_source', coalesce(a.acquisition_source, 'unknown')),
        ('role', coalesce(a.role, 'unknown')),
        ('signup_month', to_char(a.signup_on, 'YYYY-MM'))
    ) as s (segment_key, segment_value)
    where s.segment_key = any(m.segments || 'all'::text)
    group by m.metric_id, m.date, m.grain, s.segment_key, s.segment_value
    union all
    -- mature periods in which nobody entered
    select r.metric_id, p.date, r.grain, 'all', 'all', 0, 0
    from reach as r
    cross join lateral (
        select distinct date_trunc(r.grain, c.date)::date as date
        from ref.calendar as c
        where c.date >= r.first_on and c.date >= (select min(started_on) from user_lives)
            and (date_trunc(r.grain, c.date) + ('1 ' || r.grain)::interval)::date - 1 + r.days <= :last
    ) as p
)

select
    metric_id, date, grain, segment_key, segment_value,
    sum(numerator) / nullif(sum(denominator), 0) as value,
    sum(numerator) as numerator,
    sum(denominator) as denominator
from counted
group by metric_id, date, grain, segment_key, segment_value

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

-- Where a later return still counts all cohorts are open for ever, and counted anew.
reach as (
    select
        w.*,
        case w.active
            when 'from_day' then '-infinity'::date
            else date_trunc(w.grain, (:first::date - w.days)::timestamp)::date
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
    union all
    select s.user_id, max(a.active_on)
    from user_states as s
    inner join user_daily_activity as a on a.user_id = s.user_id and a.qualifying_events > 0
    inner join user_lives as life
        on life.user_id = a.user_id and a.active_on >= life.started_on and a.active_on < life.ended_on
    where s.scope = 'platform' and s.life_number > 1
    group by 1
),

members as (
    select e.user_id, e.entered, e.entered_on, 'from_day' as active, null::integer as looked_at,
        l.last_on - e.entered_on as days
    from entries as e
    left join last_active as l on l.user_id = e.user_id
    where e.entered in (select entered from wanted where active = 'from_day')
    union all
    select
        e.user_id, e.entered, e.entered_on, m.active, m.days,
        case m.active when 'within' then min(a.active_on) else max(a.active_on) end - e.entered_on
    from (select distinct entered, active, days, first_on from reach where active <> 'from_day') as m
    inner join entries as e on e.entered = m.entered and e.entered_on >= m.first_on
    left join (
        select d.user_id, d.active_on
        from user_daily_activity as d
        inner join user_lives as life
            on life.user_id = d.user_id and d.active_on >= life.started_on and d.active_on < life.ended_on
        where d.qualifying_events > 0
    ) as a
        on a.user_id = e.user_id
        and a.active_on between e.entered_on + case m.active when 'on_day' then m.days else 0 end
        and e.entered_on + m.days
    group by 1, 2, 3, 4, 5
),

cube as (
    select
        m.entered, m.active, m.entered_on, m.looked_at,
        case when m.days > (select max(days) from wanted) then (select max(days) from wanted) else m.days end as days,
        a.country, a.plan_type, a.acquisition_source, a.role,
        date_trunc('month', a.signup_on::timestamp)::date as signup_month,
        count(*) as users
    from members as m
    left join user_attributes as a
        on a.user_id = m.user_id and a.from_on <= m.entered_on and a.to_on >= m.entered_on
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
),

counted as (
    select
        r.metric_id, p.date, r.grain, s.segment_key, s.segment_value,
        sum(c.users) filter (where r.active <> 'from_day' and c.days is not null or c.days >= r.days) as numerator,
        sum(c.users) as denominator
    from reach as r
    inner join cube as c
        on c.entered = r.entered and c.active = r.active and (c.looked_at is null or c.looked_at = r.days)
        and c.entered_on >= r.first_on
    cross join lateral (select date_trunc(r.grain, c.entered_on::timestamp)::date as date) as p
    cross join lateral (
        values
        ('all', 'all'),
        ('country', coalesce(c.country, 'unknown')),
        ('plan_type', coalesce(c.plan_type, 'unknown')),
        ('acquisition_source', coalesce(c.acquisition_source, 'unknown')),
        ('role', coalesce(c.role, 'unknown')),
        ('signup_month', to_char(c.signup_month, 'YYYY-MM'))
    ) as s (segment_key, segment_value)
    where s.segment_key = any(r.segments || 'all'::text)
        and (p.date + ('1 ' || r.grain)::interval)::date - 1 + r.days <= :last
    group by 1, 2, 3, 4, 5
    union all
    -- mature periods in which nobody entered
    select r.metric_id, p.date, r.grain, 'all', 'all', 0, 0
    from reach as r
    cross join lateral (
        select distinct date_trunc(r.grain, c.date::timestamp)::date as date
        from ref.calendar as c
        where c.date >= r.first_on and c.date <= :last and c.date >= (select min(started_on) from user_lives)
            and (date_trunc(r.grain, c.date::timestamp) + ('1 ' || r.grain)::interval)::date - 1 + r.days <= :last
    ) as p
)

select
    metric_id, date, grain, segment_key, segment_value,
    coalesce(sum(numerator), 0) / nullif(sum(denominator), 0) as value,
    coalesce(sum(numerator), 0) as numerator,
    sum(denominator) as denominator
from counted
group by 1, 2, 3, 4, 5

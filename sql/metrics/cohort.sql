/*
description: >
  Of those who entered in a period, the share with a qualifying event so many days or calendar periods later:
  of all periods that have become mature, or that the days can still change.
notes: >
  Entries and hits are counted by the day of entry and the attributes of then, each in one pass, whatever the
  number of metrics; metrics add these counts up.
*/
with wanted as (
    select
        metric_id,
        grain,
        segments,
        formula ->> 'entered' as entered,
        formula ->> 'active' as active,
        coalesce(formula ->> 'days', formula ->> 'periods')::integer as number
    from ref.metrics
    where kind = 'cohort' and status <> 'retired'
),

-- The periods of every cell that are mature. Where a later return still counts all are open for ever.
cells as (
    select w.metric_id, w.grain, w.segments, w.entered, w.active, w.number, p.date, p.next_on
    from wanted as w
    cross join lateral (select ('1 ' || w.grain)::interval as length) as one
    cross join lateral (
        select distinct
            date_trunc(w.grain, c.date::timestamp)::date as date,
            (date_trunc(w.grain, c.date::timestamp) + one.length)::date as next_on
        from ref.calendar as c
        where c.date between (select min(started_on) from user_lives) and :last
    ) as p
    where case
        when w.active in ('in_period', 'from_period') then (p.next_on + w.number * one.length)::date - 1 <= :last
        else p.next_on - 1 + w.number <= :last
    end
    and case
        when w.active in ('from_day', 'from_period') then true
        when w.active = 'in_period' then p.next_on + w.number * one.length > :first
        else p.next_on + w.number > :first
    end
),

entered as (
    select l.user_id, 'signed_up' as entered, l.started_on as entered_on
    from user_lives as l
    where l.life_number = 1
    union all
    select t.user_id, e.entered, t.transition_on
    from user_state_transitions as t
    inner join (
        values ('reactivated', 'reactivated'), ('returned', 'reactivated'), ('returned', 'returning')
    ) as e (entered, to_state) on e.to_state = t.to_state
    where t.scope = 'platform'
),

entries as (
    select
        e.user_id, e.entered, e.entered_on, a.country, a.plan_type, a.acquisition_source, a.role,
        date_trunc('month', a.signup_on::timestamp)::date as signup_month, f.product_id as first_product
    from entered as e
    inner join (
        select entered, min(date) as first_on, max(next_on) as next_on
        from cells
        group by entered
    ) as open on open.entered = e.entered and e.entered_on >= open.first_on and e.entered_on < open.next_on
    left join user_attributes as a on a.user_id = e.user_id and a.from_on <= e.entered_on and a.to_on >= e.entered_on
    -- the product that they used first on the day, looked up so that the length of history costs nothing
    left join lateral (
        select d.scope as product_id
        from user_daily_activity as d
        where d.user_id = e.user_id and d.active_on = e.entered_on and d.scope <> 'platform'
        order by d.first_event_at, d.scope
        limit 1
    ) as f on true
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
    group by s.user_id
),

-- Cells without an end know enough from the last active day; the others are of the periods near the days.
bounded as (
    select min(date) as first_on, max(next_on) as next_on
    from cells
    where active in ('within', 'on_day', 'in_period')
),

days as (
    select distinct on (e.user_id, e.entered, e.entered_on, d.active_on)
        e.*, d.active_on, d.active_on - e.entered_on as day
    from entries as e
    inner join bounded as b on e.entered_on >= b.first_on and e.entered_on < b.next_on
    inner join user_daily_activity as d on d.user_id = e.user_id and d.active_on >= e.entered_on
    inner join user_lives as life
        on life.user_id = d.user_id and d.active_on >= life.started_on and d.active_on < life.ended_on
    where d.qualifying_events > 0
        and (
            exists (select from cells where active = 'in_period')
            or d.active_on <= e.entered_on + (select max(number) from cells where active in ('within', 'on_day'))
        )
),

-- how far every entry got: the days and periods it was active on, the first of them, the last of them
hits as (
    select d.*, 'on_day' as active, null as grain, d.day as number
    from days as d
    where d.day = any(array(select number from cells where active = 'on_day'))
    union all
    select f.*, 'within', null, f.day
    from (
        select distinct on (d.user_id, d.entered, d.entered_on) d.*
        from days as d
        where d.day <= (select max(number) from cells where active = 'within')
        order by d.user_id, d.entered, d.entered_on, d.day
    ) as f
    union all
    select distinct on (d.user_id, d.entered, d.entered_on, g.grain, n.number) d.*, 'in_period', g.grain, n.number
    from days as d
    cross join (select distinct grain from cells where active = 'in_period') as g
    cross join lateral (
        select gold.periods_between(g.grain, d.entered_on, d.active_on) as number
    ) as n
    where n.number = any(array(select number from cells where active = 'in_period'))
    union all
    select e.*, l.last_on, l.last_on - e.entered_on, 'from_day', null, least(l.last_on - e.entered_on, furthest.day)
    from entries as e
    inner join last_active as l on l.user_id = e.user_id
    inner join (select max(number) as day from cells where active = 'from_day') as furthest on furthest.day is not null
    where l.last_on >= e.entered_on
    union all
    select
        e.*, l.last_on, l.last_on - e.entered_on, 'from_period', g.grain,
        gold.periods_between(g.grain, e.entered_on, l.last_on)
    from entries as e
    inner join last_active as l on l.user_id = e.user_id
    cross join (select distinct grain from cells where active = 'from_period') as g
    where l.last_on >= e.entered_on
),

cube as (
    select
        entered, entered_on, country, plan_type, acquisition_source, role, signup_month, first_product,
        null as active, null as grain, null::integer as number, count(*) as users
    from entries
    group by entered, entered_on, country, plan_type, acquisition_source, role, signup_month, first_product
    union all
    select
        entered, entered_on, country, plan_type, acquisition_source, role, signup_month, first_product,
        active, grain, number, count(*)
    from hits
    group by
        entered, entered_on, country, plan_type, acquisition_source, role, signup_month, first_product,
        active, grain, number
),

counted as (
    select
        c.metric_id, c.grain, c.date, s.segment_key, s.segment_value,
        sum(k.users) filter (where k.active is not null) as numerator,
        sum(k.users) filter (where k.active is null) as denominator
    from cube as k
    cross join (select distinct grain from cells) as g
    cross join lateral (select date_trunc(g.grain, k.entered_on::timestamp)::date as date) as p
    inner join cells as c
        on c.entered = k.entered and c.grain = g.grain and c.date = p.date
        and (
            k.active is null
            or k.active = c.active and coalesce(k.grain, c.grain) = c.grain
            and case c.active
                when 'within' then k.number <= c.number
                when 'on_day' then k.number = c.number
                when 'in_period' then k.number = c.number
                else k.number >= c.number
            end
        )
    cross join lateral (
        values
        ('all', 'all'),
        ('country', coalesce(k.country, 'unknown')),
        ('plan_type', coalesce(k.plan_type, 'unknown')),
        ('acquisition_source', coalesce(k.acquisition_source, 'unknown')),
        ('role', coalesce(k.role, 'unknown')),
        ('signup_month', to_char(k.signup_month, 'YYYY-MM')),
        ('first_product', coalesce(k.first_product, 'none'))
    ) as s (segment_key, segment_value)
    where s.segment_key = any(c.segments || 'all'::text)
    group by c.metric_id, c.grain, c.date, s.segment_key, s.segment_value
    union all
    -- mature periods in which nobody entered
    select metric_id, grain, date, 'all', 'all', 0, 0
    from cells
)

select
    metric_id, date, grain, segment_key, segment_value,
    coalesce(sum(numerator), 0) / nullif(sum(denominator), 0) as value,
    coalesce(sum(numerator), 0) as numerator,
    sum(denominator) as denominator
from counted
group by metric_id, date, grain, segment_key, segment_value

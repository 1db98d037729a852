/*
description: >
  Of those who entered in a period, the share with a qualifying event so many days or calendar periods later:
  of all periods that have become mature with the days, or that somebody who came back in them changes.
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

-- Whoever was there in the days, or left in them, and the last day before them that they were active on.
back as (
    select u.user_id, before.last_on
    from (
        select user_id from user_daily_activity where active_on between :first and :last
        union
        select user_id from user_lives where ended_on between :first and :last
    ) as u
    cross join lateral (
        select max(d.active_on) as last_on
        from user_daily_activity as d
        where d.user_id = u.user_id and d.active_on < :first and d.qualifying_events > 0
    ) as before
    where :first::date > (select min(started_on) from user_lives)  -- else every cell is computed anyway
),

-- A cell without an end changes where somebody had not got as far as its number before.
reopened as (
    select distinct w.metric_id, date_trunc(w.grain, e.entered_on::timestamp)::date as date
    from (
        select distinct e.entered, e.entered_on, b.last_on
        from back as b
        inner join entered as e on e.user_id = b.user_id
    ) as e
    inner join wanted as w on w.entered = e.entered
    cross join lateral (select case w.active when 'from_period' then w.grain else 'day' end as unit) as of
    where w.active in ('from_day', 'from_period')
        and coalesce(gold.periods_between(of.unit, e.entered_on, e.last_on) < w.number, true)
        and gold.periods_between(of.unit, e.entered_on, :last) >= w.number
),

-- The periods of every cell that are mature by the last day, and were not before the first, or can change since.
cells as (
    select w.metric_id, w.grain, w.segments, w.entered, w.active, w.number, p.date, p.next_on
    from wanted as w
    cross join lateral (select ('1 ' || w.grain)::interval as length) as one
    cross join lateral gold.periods(w.grain, (select min(started_on) from user_lives), :last) as p
    cross join lateral (
        select (p.next_on + w.number * case
            when w.active in ('in_period', 'from_period') then one.length else interval '1 day'
        end)::date - 1 as day
    ) as mature
    where mature.day <= :last
        and (mature.day >= :first or (w.metric_id, p.date) in (select metric_id, date from reopened))
),

-- Those who entered on one day and are alike are of one class.
entries as (
    select
        e.user_id, e.entered, e.entered_on, of.profile, f.product_id as first_product,
        dense_rank() over (order by e.entered_on, e.entered, of.profile, f.product_id) as class
    from entered as e
    left join user_attributes as a on a.user_id = e.user_id and a.from_on <= e.entered_on and a.to_on >= e.entered_on
    cross join lateral (select coalesce(a.profile, array_fill('unknown'::text, array[5])) as profile) as of
    -- the product that they used first on the day, looked up so that the length of history costs nothing
    left join lateral (
        select d.scope as product_id
        from user_daily_activity as d
        where d.user_id = e.user_id and d.active_on = e.entered_on and d.scope <> 'platform'
            and exists (select from wanted where 'first_product' = any(wanted.segments))
        order by d.first_event_at, d.scope
        limit 1
    ) as f on true
    where (e.entered, e.entered_on) in (
        select period.entered, c.date
        from (select distinct entered, date, next_on from cells) as period
        inner join ref.calendar as c on c.date >= period.date and c.date < period.next_on
    )
),

classes as (
    select class, entered, entered_on, profile, first_product, count(*) as users
    from entries
    group by class, entered, entered_on, profile, first_product
),

-- In a first life that goes on the engine knows the last active day; the other users are few.
last_active as (
    select user_id, last_qualifying_on as last_on
    from user_states
    where scope = 'platform' and life_number = 1 and state <> 'deleted'
    union all
    select s.user_id, max(a.active_on)
    from user_states as s
    inner join user_daily_activity as a on a.user_id = s.user_id and a.qualifying_events > 0
    inner join user_lives as life
        on life.user_id = a.user_id and life.life_number = 1 and a.active_on >= life.started_on
    where s.scope = 'platform' and (s.life_number > 1 or s.state = 'deleted')
    group by s.user_id
),

-- The numbers that are asked for, and of which days of entry. What counts for a number counts for those behind it, or
-- before it.
numbers as (
    select
        c.entered, c.active, of.grain, min(c.date) as first_on, max(c.next_on) as next_on,
        array_agg(distinct c.number order by c.number) as wanted
    from cells as c
    cross join lateral (select case when c.active in ('in_period', 'from_period') then c.grain end as grain) as of
    group by c.entered, c.active, of.grain
),

asked as (
    select e.user_id, e.class, e.entered_on, n.active, n.grain, n.wanted
    from entries as e
    inner join numbers as n on n.entered = e.entered and e.entered_on >= n.first_on and e.entered_on < n.next_on
),

-- how far everybody got: the days and periods they were active on, the first of them, the last of them
hits as (
    select a.class, a.active, a.grain, number
    from asked as a
    cross join unnest(a.wanted) as number
    where a.active = 'on_day'
        and exists (
            select from user_daily_activity as d
            where d.user_id = a.user_id and d.active_on = a.entered_on + number and d.qualifying_events > 0
        )
    union all
    select a.class, a.active, a.grain, number
    from asked as a
    cross join unnest(a.wanted) as number
    cross join lateral (
        select (date_trunc(a.grain, a.entered_on::timestamp) + number * ('1 ' || a.grain)::interval)::date as starts_on
    ) as p
    where a.active = 'in_period'
        and exists (
            select from user_daily_activity as d
            where d.user_id = a.user_id
                and d.active_on >= greatest(p.starts_on, a.entered_on)
                and d.active_on < p.starts_on + ('1 ' || a.grain)::interval
                and d.qualifying_events > 0
        )
    union all
    select a.class, a.active, a.grain, (select min(number) from unnest(a.wanted) as number where number >= came.after_days)
    from asked as a
    cross join lateral (
        select min(d.active_on) - a.entered_on as after_days
        from user_daily_activity as d
        where d.user_id = a.user_id
            and d.active_on between a.entered_on and a.entered_on + a.wanted[cardinality(a.wanted)]
            and d.qualifying_events > 0
    ) as came
    where a.active = 'within' and came.after_days is not null
    union all
    select a.class, a.active, a.grain, a.wanted[width_bucket(reached.number, a.wanted)]
    from asked as a
    inner join last_active as l on l.user_id = a.user_id and l.last_on >= a.entered_on
    cross join lateral (
        select gold.periods_between(coalesce(a.grain, 'day'), a.entered_on, l.last_on) as number
    ) as reached
    where a.active in ('from_day', 'from_period')
),

cube as (
    select class, null as active, null as grain, null::integer as number, users
    from classes
    union all
    select class, active, grain, number, count(*)
    from hits
    where number is not null
    group by class, active, grain, number
),

by_segment as (
    select
        p.date, k.number, e.entered, g.grain, k.active, s.segment_key, s.segment_value, sum(k.users) as users
    from cube as k
    inner join classes as e on e.class = k.class
    inner join (select distinct entered, grain from cells) as g
        on g.entered = e.entered and coalesce(k.grain, g.grain) = g.grain
    cross join lateral (select date_trunc(g.grain, e.entered_on::timestamp)::date as date) as p
    cross join lateral (
        select segment_key, segment_value from gold.segments_of(e.profile)
        union all
        select 'first_product', coalesce(e.first_product, 'none')
    ) as s
    group by p.date, k.number, e.entered, g.grain, k.active, s.segment_key, s.segment_value
),

counted as (
    select
        c.metric_id, c.grain, c.date, b.segment_key, b.segment_value,
        case when b.active is not null then b.users end as numerator,
        case when b.active is null then b.users end as denominator
    from by_segment as b
    inner join cells as c
        on c.entered = b.entered and c.grain = b.grain and c.date = b.date
        and b.segment_key = any(c.segments || 'all'::text)
        and (
            b.active is null
            or b.active = c.active and case
                when c.active = 'within' then b.number <= c.number
                when c.active in ('on_day', 'in_period') then b.number = c.number
                else b.number >= c.number
            end
        )
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

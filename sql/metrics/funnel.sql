/*
description: >
  Of those who reached a stage of a funnel, the share that reached the next one, or the median minutes that it took
  them: in order, within so many days of their first moment of the first stage in the period. Of all periods that have
  become mature with the days.
notes: >
  A visitor is a person too: the user whose signup names them within these days of what they did, else nobody known,
  so that a later signup changes no period that was told of. What they did before the signup has the segments of the
  signup.
settings:
  # events have no index by user, and few rows are expected of what is declared: it would read them for each user
  enable_nestloop: "off"
  # nor would it see that most of these days are read: in the order of the index that takes three times as long
  enable_indexscan: "off"
*/
with wanted as (
    select
        metric_id,
        grain,
        segments,
        formula -> 'stages' as stages,
        (formula ->> 'window_days')::integer as window_days,
        (formula ->> 'step')::integer as step,
        formula ->> 'statistic' as statistic
    from ref.metrics
    where kind = 'funnel' and status <> 'retired'
),

funnels as (
    select
        row_number() over () as funnel, stages, grain, window_days,
        coalesce(stages -> 0 ->> 'moment', '') = 'signed_up' as begins_with_signup,
        date_trunc(grain, (:first::date - window_days)::timestamp)::date as first_on
    from (select distinct stages, grain, window_days from wanted) as one
),

stages as (
    select
        f.funnel, f.window_days, f.first_on, s.position::integer as stage,
        array(select jsonb_array_elements_text(s.declared -> 'event_types')) as event_types,
        s.declared ->> 'moment' as moment, (s.declared ->> 'after_days')::integer as after_days
    from funnels as f
    cross join lateral jsonb_array_elements(f.stages) with ordinality as s (declared, position)
),

-- what a stage can be made of: the events of visitors and of living users
events as not materialized (
    select
        coalesce(e.user_id, v.user_id, e.entity_id) as person_id, e.entity_id as visitor_id,
        v.signed_up_on - e.occurred_on as days_to_signup, e.occurred_at, e.occurred_on, e.event_type, m.moments
    from bronze.events as e
    cross join lateral (
        select array[
            case when e.entity_type = 'visitor' then 'visited' end,
            case when e.is_qualifying_event then 'qualifying' end,
            case when e.is_activation_event then 'activation' end,
            case
                when e.event_type = any(array(select event_type from ref.event_types where category = 'outcome'))
                    and not e.metadata @> '{"failed": true}' then 'success'
            end
        ] as moments
    ) as m
    left join run.stitched_visitors as v on v.visitor_id = e.entity_id and e.entity_type = 'visitor'
    left join user_lives as life
        on life.user_id = e.user_id and e.occurred_on >= life.started_on and e.occurred_at < life.ended_at
        and (life.life_number = 1 or e.occurred_at >= life.started_at)
    where e.occurred_on <= :last
        and e.occurred_on >= (
            select min(first_on) from stages where coalesce(moment, '') not in ('signed_up', 'paid', 'expanded')
        )
        and (life.user_id is not null or e.entity_type = 'visitor')
        and (
            e.event_type = any(array(select unnest(event_types) from stages))
            or m.moments && array(select moment from stages)
        )
),

-- and what no event of theirs says: the signup, and what the account that they belong to books by the end of a day
milestones as (
    select l.user_id as person_id, l.started_at as occurred_at, l.started_on as occurred_on, 'signed_up' as moment
    from user_lives as l
    where l.life_number = 1 and 'signed_up' = any(array(select moment from stages))
    union all
    select m.user_id, (b.date + 1)::timestamp at time zone z.business_time_zone, b.date, booked.moment
    from account_mrr_movements as b
    inner join (values ('new', 'paid'), ('expansion', 'expanded')) as booked (movement, moment)
        on booked.movement = b.movement and booked.moment = any(array(select moment from stages))
    inner join account_members as m on m.account_id = b.account_id and b.date between m.from_on and m.to_on
    inner join user_lives as life
        on life.user_id = m.user_id and b.date >= life.started_on and b.date < life.ended_on
    cross join ref.lifecycle as z
),

beginnings as (
    select
        s.funnel, e.person_id, case when e.days_to_signup > s.window_days then e.visitor_id else e.person_id end as known_as,
        e.occurred_at, e.occurred_on
    from stages as s
    inner join events as e
        on e.occurred_on >= s.first_on
        and (e.event_type = any(s.event_types) or s.moment = any(e.moments))
    -- the same of all funnels together, so that what begins none is left out where it is read
    where s.stage = 1 and (
        e.event_type = any(array(select unnest(event_types) from stages where stage = 1))
        or e.moments && array(select moment from stages where stage = 1)
    )
    union all
    select s.funnel, m.person_id, m.person_id, m.occurred_at, m.occurred_on
    from stages as s
    inner join milestones as m on m.moment = s.moment and m.occurred_on between s.first_on and :last
    where s.stage = 1
),

entries as (
    select
        b.funnel, f.window_days, f.begins_with_signup, date_trunc(f.grain, b.occurred_on::timestamp)::date as date,
        b.person_id, b.known_as, min(b.occurred_at) as entered_at, min(b.occurred_on) as entered_on
    from beginnings as b
    inner join funnels as f on f.funnel = b.funnel
    where (date_trunc(f.grain, b.occurred_on::timestamp) + ('1 ' || f.grain)::interval)::date - 1 + f.window_days <= :last
    group by
        b.funnel, f.window_days, f.begins_with_signup, date_trunc(f.grain, b.occurred_on::timestamp), b.person_id, b.known_as
),

-- the later stages that each moment after the entry belongs to
moments as (
    select n.funnel, n.date, n.known_as, e.occurred_at, array_agg(distinct s.stage) as stages
    from entries as n
    inner join events as e
        on e.person_id = n.person_id and e.occurred_on between n.entered_on and n.entered_on + n.window_days
        and (e.occurred_at > n.entered_at or e.occurred_at = n.entered_at and n.begins_with_signup)
        and (n.known_as = n.person_id or n.known_as = e.visitor_id)  -- who was a visitor goes on as that one
    inner join stages as s
        on s.funnel = n.funnel and s.stage > 1 and e.occurred_on >= n.entered_on + s.after_days
        and (e.event_type = any(s.event_types) or s.moment = any(e.moments))
    group by n.funnel, n.date, n.known_as, e.occurred_at
    union all
    select n.funnel, n.date, n.known_as, m.occurred_at, array_agg(distinct s.stage)
    from entries as n
    inner join milestones as m
        on m.person_id = n.known_as and m.occurred_on between n.entered_on and n.entered_on + n.window_days
        and m.occurred_at > n.entered_at
    inner join stages as s
        on s.funnel = n.funnel and s.stage > 1 and s.moment = m.moment and m.occurred_on >= n.entered_on + s.after_days
    group by n.funnel, n.date, n.known_as, m.occurred_at
),

reached as (
    select
        n.funnel, n.date, n.known_as, n.entered_at, n.entered_on,
        gold.stage_times(m.stages, m.occurred_at order by m.occurred_at) as times
    from entries as n
    left join moments as m on m.funnel = n.funnel and m.date = n.date and m.known_as = n.known_as
    group by n.funnel, n.date, n.known_as, n.entered_at, n.entered_on
),

people as (
    select
        r.funnel, r.date, 1 + cardinality(r.times) as stage, r.entered_at || r.times as times,
        coalesce(a.profile, array_fill('unknown'::text, array[5])) as profile
    from reached as r
    left join (
        select *, case when from_on = signup_on then '-infinity' else from_on end as known_from from user_attributes
    ) as a on a.user_id = r.known_as and a.known_from <= r.entered_on and a.to_on >= r.entered_on
),

cube as (
    select funnel, date, stage, profile, count(*) as people
    from people
    group by funnel, date, stage, profile
),

steps as (
    select w.*, f.funnel
    from wanted as w
    inner join funnels as f on f.stages = w.stages and f.grain = w.grain and f.window_days = w.window_days
)

select
    w.metric_id,
    c.date,
    w.grain,
    s.segment_key,
    s.segment_value,
    coalesce(sum(c.people) filter (where c.stage >= w.step), 0)
    / nullif(sum(c.people) filter (where c.stage >= w.step - 1), 0) as value,
    coalesce(sum(c.people) filter (where c.stage >= w.step), 0) as numerator,
    coalesce(sum(c.people) filter (where c.stage >= w.step - 1), 0) as denominator
from steps as w
inner join cube as c on c.funnel = w.funnel
cross join lateral gold.segments_of(c.profile) as s
where w.statistic = 'conversion' and s.segment_key = any(w.segments || 'all'::text)
group by w.metric_id, c.date, w.grain, s.segment_key, s.segment_value
union all
select
    w.metric_id, p.date, w.grain, s.segment_key, s.segment_value,
    percentile_cont(0.5) within group (
        order by extract(epoch from p.times[w.step] - p.times[w.step - 1]) / 60
    )::numeric,
    null, null
from steps as w
inner join people as p on p.funnel = w.funnel
cross join lateral gold.segments_of(p.profile) as s
where w.statistic = 'median_minutes' and s.segment_key = any(w.segments || 'all'::text)
group by w.metric_id, p.date, w.grain, s.segment_key, s.segment_value
having s.segment_key = 'all' or count(p.times[w.step]) > 0

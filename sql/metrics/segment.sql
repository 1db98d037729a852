/*
description: >
  Users by segment at the end of each day, by differences; and of those in a segment at the start of a
  week or month, once it is over: how many were active in it, churned, are in which value at its end, or
  climbed. Recurring revenue at its end: that of an account, shared equally by its living members.
*/
with wanted as (
    select metric_id, grain, segments, formula ->> 'measure' as measure
    from ref.metrics
    where kind = 'segment' and status <> 'retired'
),

spans as not materialized (
    select
        user_id, dimension, value, from_on, to_on,
        case when dimension = value then 'memberships' else dimension end as segment_key
    from user_segment_spans
    where exists (select from wanted)
),

-- How many there are, day by day: those of the day before the first, and who comes and goes.
moves as (
    select segment_key, value, from_on as date, 1 as users
    from spans
    where from_on between :first and :last
    union all
    select segment_key, value, to_on + 1, -1
    from spans
    where to_on between :first::date - 1 and :last::date - 1
),

changes as (
    select w.metric_id, m.segment_key, m.value, m.date, m.users
    from wanted as w
    inner join moves as m on m.segment_key = any(w.segments)
    where w.measure = 'users'
    union all
    select w.metric_id, 'all', 'all', m.date, m.users  -- everybody is in one stage
    from wanted as w
    inner join moves as m on m.segment_key = 'journey_stage'
    where w.measure = 'users'
    union all
    select w.metric_id, v.segment_key, v.segment_value, v.date, v.value
    from wanted as w
    inner join gold.metric_values as v on v.metric_id = w.metric_id and v.grain = 'day' and v.date = :first::date - 1
    where w.measure = 'users' and not :is_rebuild
),

series as (
    select metric_id, segment_key, value, min(date) as since
    from changes
    group by metric_id, segment_key, value
),

counts as (
    select
        metric_id, segment_key, value, date,
        sum(sum(users)) over (partition by metric_id, segment_key, value order by date) as users
    from (
        select metric_id, segment_key, value, date, users from changes
        union all
        select s.metric_id, s.segment_key, s.value, c.date, 0
        from series as s
        inner join ref.calendar as c on c.date between s.since and :last
    ) as every_day
    group by metric_id, segment_key, value, date
),

-- The weeks and months that are over, and who was where at their start.
periods as (
    select w.grain, p.date, p.next_on - 1 as end_on
    from (select distinct grain from wanted where measure <> 'users') as w
    cross join lateral gold.periods(w.grain, :first, :last) as p
    where p.next_on - 1 <= :last
),

starts as (
    select
        p.grain, p.date, p.end_on, s.user_id, s.segment_key, s.value,
        ended.value as end_value,
        state.activity_state,
        gone.user_id is not null as is_churned,
        came.user_id is not null as is_active,
        higher.rung > lower.rung as is_higher,
        lower.rung is not null as has_rung
    from periods as p
    inner join spans as s on s.from_on < p.date and s.to_on >= p.date - 1
    inner join user_state_spans as state
        on state.user_id = s.user_id and state.scope = 'platform' and state.from_on < p.date and state.to_on >= p.date - 1
    left join spans as ended
        on ended.user_id = s.user_id and ended.dimension = s.dimension
        and ended.from_on <= p.end_on and ended.to_on >= p.end_on
    left join (
        select distinct within.grain, within.date, t.user_id
        from periods as within
        inner join user_state_transitions as t
            on t.scope = 'platform' and t.transition_on between within.date and within.end_on
            and t.to_state = 'churned' and t.from_state <> 'new'
    ) as gone on gone.grain = p.grain and gone.date = p.date and gone.user_id = s.user_id
    left join (
        select distinct within.grain, within.date, a.user_id
        from periods as within
        inner join user_daily_activity as a
            on a.active_on between within.date and within.end_on and a.qualifying_events > 0
    ) as came on came.grain = p.grain and came.date = p.date and came.user_id = s.user_id
    left join ref.segments as lower on lower.dimension = s.dimension and lower.value = s.value
    left join ref.segments as higher on higher.dimension = s.dimension and higher.value = ended.value
),

rates as (
    select w.metric_id, s.date, key.segment_key, key.segment_value,
        count(*) filter (where case w.measure when 'retained' then s.is_active else s.is_churned end) as numerator,
        count(*) as denominator
    from wanted as w
    inner join starts as s on s.grain = w.grain
    cross join lateral (
        values (s.segment_key, s.value), (case when s.segment_key = 'journey_stage' then 'all' end, 'all')
    ) as key (segment_key, segment_value)
    where key.segment_key = any(w.segments || 'all'::text)
        and (w.measure = 'retained' or w.measure = 'churned' and s.activity_state not in ('new', 'churned'))
    group by w.metric_id, s.date, key.segment_key, key.segment_value
    union all
    select w.metric_id, s.date, s.segment_key, s.value, count(*) filter (where s.is_higher), count(*)
    from wanted as w
    inner join starts as s on s.grain = w.grain and s.segment_key = any(w.segments)
    where w.measure = 'climbed' and s.has_rung
    group by w.metric_id, s.date, s.segment_key, s.value
    union all
    select
        w.metric_id, s.date, s.segment_key, s.value || '_to_' || coalesce(s.end_value, 'deleted'), count(*),
        sum(count(*)) over (partition by w.metric_id, s.date, s.segment_key, s.value)
    from wanted as w
    inner join starts as s on s.grain = w.grain and s.segment_key = any(w.segments)
    where w.measure = 'moved' and s.segment_key <> 'memberships'
    group by w.metric_id, s.date, s.segment_key, s.value, s.end_value
),

members as (
    select
        p.grain, p.date, p.end_on, m.user_id,
        d.mrr_reporting / count(*) over (partition by p.grain, p.date, m.account_id) as revenue
    from periods as p
    inner join account_members as m on m.from_on <= p.end_on and m.to_on >= p.end_on
    inner join user_lives as life
        on life.user_id = m.user_id and life.started_on <= p.end_on and life.ended_on > p.end_on
    inner join account_days as d on d.account_id = m.account_id and d.date = p.end_on
    where exists (select from wanted where measure = 'recurring_revenue')
),

revenue as (
    select w.metric_id, m.date, key.segment_key, key.segment_value, sum(m.revenue) as revenue
    from wanted as w
    inner join members as m on m.grain = w.grain
    inner join spans as s on s.user_id = m.user_id and s.from_on <= m.end_on and s.to_on >= m.end_on
    cross join lateral (
        values (s.segment_key, s.value), (case when s.segment_key = 'journey_stage' then 'all' end, 'all')
    ) as key (segment_key, segment_value)
    where w.measure = 'recurring_revenue' and key.segment_key = any(w.segments || 'all'::text)
    group by w.metric_id, m.date, key.segment_key, key.segment_value
)

select
    metric_id, date, 'day' as grain, segment_key, value as segment_value, users as value,
    null::numeric as numerator, null::numeric as denominator
from counts
where date >= :first
union all
select r.metric_id, r.date, w.grain, r.segment_key, r.segment_value,
    r.numerator::numeric / r.denominator, r.numerator, r.denominator
from rates as r
inner join wanted as w on w.metric_id = r.metric_id
union all
select r.metric_id, r.date, w.grain, r.segment_key, r.segment_value, round(r.revenue, 2), null, null
from revenue as r
inner join wanted as w on w.metric_id = r.metric_id

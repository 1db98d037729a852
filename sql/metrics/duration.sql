/*
description: >
  Days until the transitions or activations of the periods that the days touch: mean, with sum and
  number as its parts, or median.
*/
with wanted as (
    select
        metric_id,
        grain,
        segments,
        formula ->> 'scope' as scope,
        formula ->> 'since' as since,
        array(select jsonb_array_elements_text(formula -> 'from')) as from_states,
        array(select jsonb_array_elements_text(formula -> 'to')) as to_states,
        formula ->> 'statistic' as statistic
    from ref.metrics
    where kind = 'duration' and status <> 'retired'
),

reach as (
    select min(date_trunc(grain, :first::timestamp))::date as first_on from wanted
),

steps as (
    select
        w.metric_id, t.user_id, t.scope, t.transition_on as ended_on,
        case w.since
            when 'state' then t.days_in_previous_state
            else t.transition_on - (
                select min(a.active_on) from user_daily_activity as a
                inner join user_lives as life
                    on life.user_id = a.user_id and a.active_on >= life.started_on and a.active_on < life.ended_on
                where a.user_id = t.user_id and a.qualifying_events > 0 and a.active_on < t.transition_on
                    and t.transition_on between life.started_on and life.ended_on
            )
        end as days
    from user_state_transitions as t
    inner join wanted as w
        on w.since <> 'access'
        and w.scope = case when t.scope = 'platform' then 'platform' else 'products' end
        and (w.from_states = '{}' or t.from_state = any(w.from_states))
        and (w.to_states = '{}' or t.to_state = any(w.to_states))
    where t.transition_on between (select first_on from reach) and :last and t.from_state is not null
        and t.scope = any(array(
            select s.scope
            from ref.scopes as s
            inner join wanted as asked on asked.since <> 'access' and (asked.scope = 'platform') = (s.kind = 'platform')
        ))
    union all
    select w.metric_id, p.user_id, p.scope, p.activated_on, extract(epoch from p.activated_at - p.accessed_at) / 86400
    from run.product_accesses as p
    inner join wanted as w on w.since = 'access'
    where p.activated_on >= (select first_on from reach)
),

cube as (
    select of.date, s.days, w.metric_id, a.profile, s.scope, count(*) as users
    from steps as s
    inner join wanted as w
        on w.metric_id = s.metric_id and s.ended_on >= date_trunc(w.grain, :first::timestamp)
    inner join user_attributes as a
        on a.user_id = s.user_id and a.from_on <= s.ended_on and a.to_on >= s.ended_on
    cross join lateral (select date_trunc(w.grain, s.ended_on::timestamp)::date as date) as of
    where s.days is not null
    group by of.date, s.days, w.metric_id, a.profile, s.scope
),

-- Of each length how many there are, and how many up to it: medians are found without a row for everybody.
counted as (
    select
        c.date, c.days, c.metric_id, g.segment_key, g.segment_value,
        sum(c.users) as users,
        sum(sum(c.users)) over (
            partition by c.date, c.metric_id, g.segment_key, g.segment_value order by c.days
        ) as up_to_here,
        sum(sum(c.users)) over (partition by c.date, c.metric_id, g.segment_key, g.segment_value) as in_all
    from cube as c
    cross join lateral gold.segments_of(c.profile, c.scope) as g
    group by c.date, c.days, c.metric_id, g.segment_key, g.segment_value
)

select
    w.metric_id,
    c.date,
    w.grain,
    c.segment_key,
    c.segment_value,
    case w.statistic
        when 'mean' then sum(c.days * c.users) / sum(c.users)
        else (
            min(c.days) filter (where 2 * c.up_to_here >= c.in_all) + min(c.days) filter (where 2 * c.up_to_here > c.in_all)
        ) / 2.0
    end as value,
    case w.statistic when 'mean' then sum(c.days * c.users) end as numerator,
    case w.statistic when 'mean' then sum(c.users) end as denominator
from counted as c
inner join wanted as w on w.metric_id = c.metric_id and c.segment_key = any(w.segments || 'all'::text)
group by c.date, w.metric_id, w.grain, w.statistic, c.segment_key, c.segment_value

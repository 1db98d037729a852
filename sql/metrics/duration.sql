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
        formula -> 'from' as from_states,
        formula -> 'to' as to_states,
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
        and (w.from_states = '[]' or w.from_states ? t.from_state)
        and (w.to_states = '[]' or w.to_states ? t.to_state)
    where t.transition_on between (select first_on from reach) and :last and t.from_state is not null
        and (t.scope = 'platform' or exists (select from wanted where scope = 'products' and since <> 'access'))
    union all
    select w.metric_id, p.user_id, p.scope, p.activated_on, extract(epoch from p.activated_at - p.accessed_at) / 86400
    from run.product_accesses as p
    inner join wanted as w on w.since = 'access'
    where p.activated_on >= (select first_on from reach)
),

counted as (
    select
        w.metric_id, w.grain, w.statistic, date_trunc(w.grain, s.ended_on::timestamp)::date as date, s.days,
        g.segment_key, g.segment_value
    from steps as s
    inner join wanted as w
        on w.metric_id = s.metric_id and s.ended_on >= date_trunc(w.grain, :first::timestamp)
    inner join user_attributes as a
        on a.user_id = s.user_id and a.from_on <= s.ended_on and a.to_on >= s.ended_on
    cross join lateral gold.segments_of(a.profile, s.scope) as g
    where g.segment_key = any(w.segments || 'all'::text) and s.days is not null
)

select
    metric_id,
    date,
    grain,
    segment_key,
    segment_value,
    case statistic
        when 'mean' then avg(days)
        else percentile_cont(0.5) within group (order by days)::numeric
    end as value,
    case statistic when 'mean' then sum(days) end as numerator,
    case statistic when 'mean' then count(*) end as denominator
from counted
group by metric_id, date, grain, statistic, segment_key, segment_value

/*
description: >
  Users who made a transition, in the periods that the days touch; one user counts once a period. The reason is the one
  that the event of a deletion names.
*/
with wanted as (
    select
        metric_id,
        grain,
        segments,
        formula ->> 'scope' as scope,
        formula -> 'from' as from_states,
        formula -> 'to' as to_states,
        formula -> 'members' as members,
        formula -> 'reasons' as reasons
    from ref.metrics
    where kind = 'flow' and status <> 'retired'
),

periods as (
    select w.grain, p.date
    from (select distinct grain from wanted) as w
    cross join lateral gold.periods(w.grain, :first, :last) as p
),

steps as (
    select
        g.grain,
        of.date,
        t.user_id,
        t.scope,
        t.transition_on,
        t.seq,
        coalesce(t.from_state, 'start') as from_state,
        t.to_state,
        facts.reason,
        first_value(coalesce(t.from_state, 'start')) over (
            partition by g.grain, of.date, t.user_id, t.scope order by t.transition_on, t.seq
        ) as state_at_start
    from user_state_transitions as t
    inner join (select distinct grain from wanted) as g on t.transition_on >= date_trunc(g.grain, :first::timestamp)
    cross join lateral (select date_trunc(g.grain, t.transition_on::timestamp)::date as date) as of
    left join (
        select event_id, metadata ->> 'reason' as reason
        from bronze.entity_facts
        where event_type = 'user_deleted'
            and exists (select from wanted where reasons <> '[]' or 'reason' = any(segments))
    ) as facts on facts.event_id = t.triggering_event_id and t.to_state = 'deleted'
    where t.transition_on between date_trunc('month', date_trunc('week', :first::timestamp))::date
        and :last
        and (t.scope = 'platform' or exists (select from wanted where scope = 'products'))
),

movers as (
    select distinct on (w.metric_id, s.date, s.user_id, s.scope)
        w.metric_id, s.date, s.user_id, s.scope,
        case when 'reason' = any(w.segments) then coalesce(s.reason, 'unknown') end as reason,
        case when w.members = '[]' then s.transition_on else s.date - 1 end as attributes_on
    from steps as s
    inner join wanted as w
        on w.grain = s.grain
        and w.scope = case when s.scope = 'platform' then 'platform' else 'products' end
        and (w.from_states = '[]' or w.from_states ? s.from_state)
        and w.to_states ? s.to_state
        and (w.members = '[]' or w.members ? s.state_at_start)
        and (w.reasons = '[]' or w.reasons ? s.reason)
    order by w.metric_id, s.date, s.user_id, s.scope, s.transition_on, s.seq
),

cube as (
    select
        m.metric_id, m.date, m.scope, m.reason, a.profile, count(*) as users
    from movers as m
    inner join user_attributes as a
        on a.user_id = m.user_id and a.from_on <= m.attributes_on and a.to_on >= m.attributes_on
    group by m.metric_id, m.date, m.scope, m.reason, a.profile
),

counted as (
    select c.metric_id, c.date, s.segment_key, s.segment_value, c.users
    from cube as c
    cross join lateral (
        select segment_key, segment_value from gold.segments_of(c.profile, c.scope)
        union all
        select 'reason', c.reason
    ) as s
    union all
    select w.metric_id, p.date, 'all', 'all', 0
    from wanted as w
    inner join periods as p on p.grain = w.grain
    where w.scope = 'platform'
)

select
    w.metric_id, c.date, w.grain, c.segment_key, c.segment_value, sum(c.users) as value,
    null::numeric as numerator, null::numeric as denominator
from counted as c
inner join wanted as w on w.metric_id = c.metric_id
where c.segment_key = any(w.segments || 'all'::text)
group by w.metric_id, c.date, w.grain, c.segment_key, c.segment_value

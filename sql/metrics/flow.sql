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
        array(select jsonb_array_elements_text(formula -> 'from')) as from_states,
        array(select jsonb_array_elements_text(formula -> 'to')) as to_states,
        array(select jsonb_array_elements_text(formula -> 'members')) as members,
        array(select jsonb_array_elements_text(formula -> 'reasons')) as reasons
    from ref.metrics
    where kind = 'flow' and status <> 'retired'
),

periods as (
    select w.grain, p.date
    from (select distinct grain from wanted) as w
    cross join lateral gold.periods(w.grain, :first, :last) as p
),

-- read once, whatever the number of grains
transitions as materialized (
    select
        t.user_id,
        t.scope,
        case when t.scope = 'platform' then 'platform' else 'products' end as scope_kind,
        t.transition_on,
        t.seq,
        coalesce(t.from_state, 'start') as from_state,
        t.to_state,
        facts.reason
    from user_state_transitions as t
    left join (
        select event_id, metadata ->> 'reason' as reason
        from bronze.entity_facts
        where event_type = 'user_deleted'
            and exists (select from wanted where reasons <> '{}' or 'reason' = any(segments))
    ) as facts on facts.event_id = t.triggering_event_id and t.to_state = 'deleted'
    where t.transition_on between date_trunc('month', date_trunc('week', :first::timestamp))::date
        and :last
        and t.scope = any(array(
            select s.scope
            from ref.scopes as s
            inner join wanted as w on (w.scope = 'platform') = (s.kind = 'platform')
        ))
),

steps as (
    select
        t.*,
        g.grain,
        of.date,
        first_value(t.from_state) over (
            partition by t.user_id, t.scope, g.grain, of.date order by t.transition_on, t.seq
        ) as state_at_start
    from transitions as t
    inner join (select distinct grain from wanted) as g on t.transition_on >= date_trunc(g.grain, :first::timestamp)
    cross join lateral (select date_trunc(g.grain, t.transition_on::timestamp)::date as date) as of
),

movers as (
    select distinct on (s.user_id, s.scope, w.metric_id, s.date)
        w.metric_id, s.date, s.user_id, s.scope,
        case when 'reason' = any(w.segments) then coalesce(s.reason, 'unknown') end as reason,
        case when w.members = '{}' then s.transition_on else s.date - 1 end as attributes_on
    from steps as s
    inner join wanted as w
        on w.grain = s.grain
        and w.scope = s.scope_kind
        and (w.from_states = '{}' or s.from_state = any(w.from_states))
        and s.to_state = any(w.to_states)
        and (
            w.members = '{}'
            or case
                -- it may have been used in a life that a deletion ended in the period
                when s.state_at_start = 'start' and s.scope_kind = 'products' then coalesce(
                    (
                        select b.state from user_state_spans as b
                        where b.user_id = s.user_id and b.scope = s.scope
                            and b.from_on < s.date and b.to_on >= s.date - 1
                    ),
                    'start'
                )
                else s.state_at_start
            end = any(w.members)
        )
        and (w.reasons = '{}' or s.reason = any(w.reasons))
    order by s.user_id, s.scope, w.metric_id, s.date, s.transition_on, s.seq
),

cube as (
    select
        m.date, m.metric_id, a.profile, m.scope, m.reason, count(*) as users
    from movers as m
    inner join user_attributes as a
        on a.user_id = m.user_id and a.from_on <= m.attributes_on and a.to_on >= m.attributes_on
    group by m.date, m.metric_id, a.profile, m.scope, m.reason
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

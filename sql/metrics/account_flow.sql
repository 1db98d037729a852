/*
description: >
  Accounts that made a transition in the periods that the days touch, their share of those that could, or
  the days that they had been in the state they left. An account counts once a period. The reason is the one that the
  last event before it names which can lead there, else the one that the state was found for.
*/
with wanted as (
    select
        metric_id,
        grain,
        segments,
        formula -> 'from' as from_states,
        formula -> 'to' as to_states,
        formula -> 'members' as members,
        formula ->> 'statistic' as statistic
    from ref.metrics
    where kind = 'account_flow' and status <> 'retired'
),

periods as (
    select w.grain, p.date
    from (select distinct grain from wanted) as w
    cross join lateral gold.periods(w.grain, greatest(:first, (select min(created_on) from account_fact_spans)), :last) as p
),

-- what every account was at the end of the day before the period
starts as (
    select p.grain, p.date, d.account_id, d.state
    from periods as p
    inner join account_days as d on d.date = p.date - 1
),

steps as (
    select
        g.grain, of.date, t.account_id, t.transition_on, t.seq, t.days_in_previous_state as days,
        coalesce(t.from_state, 'start') as from_state, t.to_state, t.transition_reason as reason,
        s.state as state_at_start
    from account_state_transitions as t
    inner join (select distinct grain from wanted) as g on t.transition_on >= date_trunc(g.grain, :first::timestamp)
    cross join lateral (select date_trunc(g.grain, t.transition_on::timestamp)::date as date) as of
    left join starts as s on s.grain = g.grain and s.date = of.date and s.account_id = t.account_id
    where t.transition_on <= :last
),

movers as (
    select distinct on (w.metric_id, s.date, s.account_id)
        w.metric_id, s.date, s.account_id, s.days, 1 as moved, s.to_state,
        case when 'reason' = any(w.segments) then s.reason end as reason, s.transition_on,
        case when w.members = '[]' then s.transition_on else s.date - 1 end as attributes_on
    from steps as s
    inner join wanted as w
        on w.grain = s.grain
        and (w.from_states = '[]' or w.from_states ? s.from_state)
        and (w.to_states = '[]' or w.to_states ? s.to_state)
        and (w.members = '[]' or w.members ? s.state_at_start)
    order by w.metric_id, s.date, s.account_id, s.transition_on, s.seq
),

everybody as (
    select m.metric_id, m.date, m.account_id, m.days, m.moved, m.attributes_on, coalesce(said.reason, m.reason) as reason
    from movers as m
    left join lateral (
        select e.metadata ->> 'reason' as reason
        from bronze.entity_facts as e
        inner join (
            values ('churned', 'subscription_canceled'), ('churned', 'subscription_expired'),
            ('contracting', 'subscription_changed'), ('frozen', 'account_paused'), ('frozen', 'payment_failed'),
            ('deleted', 'account_deleted')
        ) as leads (to_state, event_type) on leads.event_type = e.event_type
        where m.reason is not null
            and e.entity_id = m.account_id and leads.to_state = m.to_state and e.occurred_on <= m.transition_on
        order by e.occurred_at desc, e.event_id
        limit 1
    ) as said on true
    union all
    select w.metric_id, s.date, s.account_id, null, 0, s.date - 1, null
    from starts as s
    inner join wanted as w on w.grain = s.grain and w.statistic = 'share' and w.members ? s.state
),

counted as (
    select e.metric_id, e.date, g.segment_key, g.segment_value, e.days, e.moved
    from everybody as e
    inner join wanted as w on w.metric_id = e.metric_id
    inner join account_days as d on d.account_id = e.account_id and d.date = e.attributes_on
    inner join account_fact_spans as f
        on f.account_id = e.account_id and e.attributes_on between f.from_on and f.to_on
    left join run.account_attributes as a
        on a.account_id = e.account_id and e.attributes_on between a.from_on and a.to_on
    cross join lateral (
        select segment_key, segment_value
        from gold.account_segments_of(
            f.tier, d.state, f.created_on, a.country, a.industry, a.signup_plan, a.acquisition_source, a.first_product
        )
        union all
        select 'reason', e.reason
    ) as g
    where g.segment_key = any(w.segments || 'all'::text)
    union all
    select w.metric_id, p.date, 'all', 'all', null, null
    from wanted as w
    inner join periods as p on p.grain = w.grain
    where w.statistic in ('accounts', 'share')
),

summed as (
    select
        c.metric_id, c.date, w.grain, c.segment_key, c.segment_value, w.statistic,
        coalesce(sum(c.moved), 0) as moved,
        count(*) filter (where c.moved = 0) as members,
        sum(c.days) as days,
        count(c.days) as measured,
        percentile_cont(0.5) within group (order by c.days)::numeric as median
    from counted as c
    inner join wanted as w on w.metric_id = c.metric_id
    group by c.metric_id, c.date, w.grain, c.segment_key, c.segment_value, w.statistic
)

select
    metric_id, date, grain, segment_key, segment_value,
    case statistic
        when 'accounts' then moved
        when 'share' then moved::numeric / nullif(members, 0)
        when 'mean_days' then days::numeric / nullif(measured, 0)
        else median
    end as value,
    case statistic when 'share' then moved when 'mean_days' then days end as numerator,
    case statistic when 'share' then members when 'mean_days' then measured end as denominator
from summed
where statistic in ('accounts', 'share') or measured > 0

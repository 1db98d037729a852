/*
description: >
  Accounts at the end of each day, their recurring revenue in the reporting currency or their mean
  health, all from one pass over the days of accounts.
*/
with wanted as (
    select
        metric_id,
        segments,
        formula ->> 'of' as of_what,
        formula -> 'states' as states,
        (formula ->> 'is_paying')::boolean as is_paying,
        (formula ->> 'is_dunning')::boolean as is_dunning,
        (formula ->> 'is_active')::boolean as is_active,
        (formula ->> 'health_below')::numeric as health_below
    from ref.metrics
    where kind = 'account_count' and status <> 'retired'
),

cube as (
    select
        d.date, d.state, f.tier, facts.signup_month, a.country, a.industry, facts.is_paying, f.is_dunning, facts.is_active,
        facts.is_measured, limits.reached,
        count(*) as accounts,
        sum(d.mrr_reporting) as revenue,
        sum(h.health_score) as health,
        count(h.health_score) as measured
    from account_days as d
    inner join account_fact_spans as f on f.account_id = d.account_id and d.date between f.from_on and f.to_on
    left join run.account_attributes as a on a.account_id = d.account_id and d.date between a.from_on and a.to_on
    left join account_health as h on h.account_id = d.account_id and h.date = d.date
    cross join lateral (
        select
            date_trunc('month', f.created_on::timestamp)::date as signup_month,
            d.mrr > 0 as is_paying,
            d.active_seats > 0 as is_active,
            h.health_score is not null as is_measured
    ) as facts
    cross join lateral (
        select max(w.health_below) as reached from wanted as w where w.health_below <= h.health_score
    ) as limits
    where d.date between :first and :last
    group by
        d.date, d.state, f.tier, facts.signup_month, a.country, a.industry, facts.is_paying, f.is_dunning, facts.is_active,
        facts.is_measured, limits.reached
),

counted as (
    select
        w.metric_id, w.of_what, c.date, s.segment_key, s.segment_value,
        sum(c.accounts) as accounts, sum(c.revenue) as revenue, sum(c.health) as health, sum(c.measured) as measured
    from cube as c
    inner join wanted as w
        on (w.states ? c.state or w.states = '[]' and c.state <> 'deleted')
        and (w.is_paying is null or w.is_paying = c.is_paying)
        and (w.is_dunning is null or w.is_dunning = c.is_dunning)
        and (w.is_active is null or w.is_active = c.is_active)
        and (w.health_below is null or c.is_measured and coalesce(c.reached < w.health_below, true))
    cross join lateral gold.account_segments_of(c.tier, c.state, c.signup_month, c.country, c.industry) as s
    where s.segment_key = any(w.segments || 'all'::text)
    group by w.metric_id, w.of_what, c.date, s.segment_key, s.segment_value
    union all
    -- days with accounts of which none is counted
    select w.metric_id, w.of_what, c.date, 'all', 'all', 0, 0, null, null
    from wanted as w
    cross join (select distinct date from cube) as c
)

select
    metric_id, date, 'day' as grain, segment_key, segment_value,
    case of_what
        when 'accounts' then sum(accounts)
        when 'revenue' then coalesce(sum(revenue), 0)
        else sum(health) / nullif(sum(measured), 0)
    end as value,
    case of_what when 'health' then sum(health) end as numerator,
    case of_what when 'health' then coalesce(sum(measured), 0) end as denominator
from counted
group by metric_id, of_what, date, segment_key, segment_value

/*
description: >
  What became, by the end of each period that the days touch, of the recurring revenue of the accounts that
  paid at its start, at the rates of then; and revenue gained and lost by movements.
*/
with wanted as (
    select
        metric_id,
        grain,
        segments,
        formula ->> 'measure' as measure,
        formula -> 'movements' as movements,
        formula -> 'states' as states
    from ref.metrics
    where kind = 'account_revenue' and status <> 'retired'
),

periods as (
    select w.grain, p.date, least(p.next_on - 1, :last) as last_on
    from (select distinct grain from wanted) as w
    cross join lateral gold.periods(w.grain, greatest(:first, (select min(created_on) from account_fact_spans)), :last) as p
),

followed as (
    select
        p.grain, p.date, opening.account_id, opening.date as attributes_on,
        opening.state as state_at_start,
        opening.mrr_reporting as paid,
        case
            when closing.currency = opening.currency then closing.mrr * opening.rate
            else closing.mrr_reporting
        end as pays
    from periods as p
    inner join account_days as opening on opening.date = p.date - 1 and opening.mrr > 0
    inner join account_days as closing on closing.account_id = opening.account_id and closing.date = p.last_on
),

parts as (
    select
        w.metric_id, f.date, f.account_id, f.attributes_on,
        case w.measure
            when 'net_retention' then f.pays
            when 'gross_retention' then least(f.pays, f.paid)
            when 'logo_churn' then (f.pays = 0)::integer
            when 'logo_retention' then (f.pays > 0)::integer
            when 'expansion' then greatest(f.pays - f.paid, 0)
            when 'contraction' then case when f.pays > 0 then greatest(f.paid - f.pays, 0) else 0 end
            when 'churn' then case when f.pays = 0 then f.paid else 0 end
        end as numerator,
        case when w.measure in ('logo_churn', 'logo_retention') then 1 else f.paid end as denominator
    from followed as f
    inner join wanted as w
        on w.grain = f.grain and w.measure not in ('gained', 'lost')
        and (w.states = '[]' or w.states ? f.state_at_start)
    union all
    select
        w.metric_id, p.date, m.account_id, m.date - (w.measure = 'lost')::integer,
        case w.measure when 'lost' then -m.amount_reporting else m.amount_reporting end, null
    from account_mrr_movements as m
    inner join periods as p on m.date between p.date and p.last_on
    inner join wanted as w on w.grain = p.grain and w.measure in ('gained', 'lost') and w.movements ? m.movement
),

counted as (
    select x.metric_id, x.date, g.segment_key, g.segment_value, sum(x.numerator) as numerator, sum(x.denominator) as denominator
    from parts as x
    inner join wanted as w on w.metric_id = x.metric_id
    inner join account_days as d on d.account_id = x.account_id and d.date = x.attributes_on
    inner join account_fact_spans as f
        on f.account_id = x.account_id and x.attributes_on between f.from_on and f.to_on
    left join run.account_attributes as a
        on a.account_id = x.account_id and x.attributes_on between a.from_on and a.to_on
    cross join lateral gold.account_segments_of(
        f.tier, d.state, f.created_on, a.country, a.industry, a.signup_plan, a.acquisition_source, a.first_product
    ) as g
    where g.segment_key = any(w.segments || 'all'::text)
    group by x.metric_id, x.date, g.segment_key, g.segment_value
    union all
    select w.metric_id, p.date, 'all', 'all', 0, 0
    from wanted as w
    inner join periods as p on p.grain = w.grain
)

select
    c.metric_id, c.date, w.grain, c.segment_key, c.segment_value,
    case
        when w.measure in ('gained', 'lost') then sum(c.numerator)
        else sum(c.numerator) / nullif(sum(c.denominator), 0)
    end as value,
    case when w.measure not in ('gained', 'lost') then sum(c.numerator) end as numerator,
    case when w.measure not in ('gained', 'lost') then sum(c.denominator) end as denominator
from counted as c
inner join wanted as w on w.metric_id = c.metric_id
group by c.metric_id, c.date, w.grain, c.segment_key, c.segment_value, w.measure

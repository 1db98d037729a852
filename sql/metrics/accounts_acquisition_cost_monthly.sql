/*
description: >
  Money spent on advertising in a month for each account that paid for the first time in it (CAC), of months in which
  spending is known. By channel it is what the channel cost. By what an advertisement does not know each account
  costs its share of what its channel cost; what no channel is known for, or won nobody, is shared by all accounts.
notes: Spending is that of ads_spent_monthly, which is computed before, where fresh rows or accounts say so.
*/
with months as (
    select distinct date
    from run.metric_values
    where grain = 'month' and metric_id in ('ads_spent_monthly', 'accounts_first_paid_monthly')
),

spent as (
    select v.date, v.segment_key, v.segment_value, v.value
    from run.metric_values as v
    where v.metric_id = 'ads_spent_monthly'
    union all
    select v.date, v.segment_key, v.segment_value, v.value
    from gold.metric_values as v
    inner join months as m on m.date = v.date
    where v.metric_id = 'ads_spent_monthly'
        and not exists (select from run.metric_values as f where f.metric_id = v.metric_id and f.date = v.date)
),

won as (
    select
        m.date, t.account_id, f.tier, a.signup_plan, a.first_product,
        coalesce(a.acquisition_source, 'unknown') as channel,
        count(*) over (partition by m.date, coalesce(a.acquisition_source, 'unknown')) as accounts
    from months as m
    inner join account_state_transitions as t
        on t.to_state = 'new_paid' and t.transition_on <= :last
        and date_trunc('month', t.transition_on::timestamp)::date = m.date
    left join account_fact_spans as f on f.account_id = t.account_id and t.transition_on between f.from_on and f.to_on
    left join run.account_attributes as a
        on a.account_id = t.account_id and t.transition_on between a.from_on and a.to_on
),

-- what every account cost: the share of its channel, and of what is shared by all
costs as (
    select
        w.date, w.tier, w.signup_plan, w.first_product,
        coalesce(own.value / w.accounts, 0)
        + (everything.value - coalesce(channels.value, 0)) / count(*) over (partition by w.date) as cost
    from won as w
    inner join spent as everything on everything.date = w.date and everything.segment_key = 'all'
    left join spent as own
        on own.date = w.date and own.segment_key = 'acquisition_source' and own.segment_value = w.channel
        and own.segment_value <> 'unknown'
    left join (
        select s.date, sum(s.value) as value
        from spent as s
        where s.segment_key = 'acquisition_source' and s.segment_value <> 'unknown'
            and exists (select from won as w where w.date = s.date and w.channel = s.segment_value)
        group by s.date
    ) as channels on channels.date = w.date
),

parts as (
    select s.date, s.segment_key, s.segment_value, s.value as spent, 0 as accounts
    from spent as s
    union all
    select w.date, k.segment_key, k.segment_value, 0, 1
    from won as w
    cross join lateral (values ('all', 'all'), ('acquisition_source', w.channel)) as k (segment_key, segment_value)
    where exists (select from spent as s where s.date = w.date)
    union all
    select c.date, k.segment_key, k.segment_value, c.cost, 1
    from costs as c
    cross join lateral gold.account_segments_of(
        c.tier, null, null, null, null, c.signup_plan, null, c.first_product
    ) as k
    where k.segment_key in ('tier', 'signup_plan', 'first_product')
)

select
    date, segment_key, segment_value,
    case when count(*) = count(spent) then sum(spent) end / nullif(sum(accounts), 0) as value,
    case when count(*) = count(spent) then sum(spent) end as numerator,
    sum(accounts) as denominator
from parts
group by date, segment_key, segment_value

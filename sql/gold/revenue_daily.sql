/*
description: Recurring revenue of every day in the reporting currency, with the movements that lead to it.
owner: finance
grain: one row per date
key: [date]
columns:
  date: {type: date, description: Business day.}
  opening_mrr: {type: numeric, description: Monthly recurring revenue at the end of the day before.}
  new_mrr: {type: numeric, description: Gained from accounts that never paid before.}
  reactivation_mrr: {type: numeric, description: Gained from accounts that had stopped paying.}
  expansion_mrr: {type: numeric, description: Gained from accounts that pay more.}
  contraction_mrr: {type: numeric, description: Lost from accounts that pay less; negative.}
  churned_mrr: {type: numeric, description: Lost from accounts that stopped paying; negative.}
  fx_mrr: {type: numeric, description: Gained or lost by changed rates.}
  closing_mrr: {type: numeric, description: Monthly recurring revenue at the end of the day.}
  arr: {type: numeric, description: "Annual recurring revenue, 12 times closing_mrr."}
  paying_accounts: {type: bigint, minimum: 0, description: Accounts with recurring revenue.}
  arpa: {type: numeric, nullable: true, description: Recurring revenue per paying account.}
  dunning_mrr: {type: numeric, description: Recurring revenue of accounts with an open payment problem.}
  net_revenue_retention: {type: numeric, nullable: true, minimum: 0, description: 'What the accounts that paid the day before pay now / what they paid, rates aside, a fraction.'}
  gross_revenue_retention: {type: numeric, nullable: true, minimum: 0, description: 'The same, no account counting for more than it paid.'}
  logo_churn_rate: {type: numeric, nullable: true, minimum: 0, description: 'Share of the accounts that paid the day before which do not any more.'}
  quick_ratio: {type: numeric, nullable: true, minimum: 0, description: 'Revenue gained / revenue lost, rates aside; null where none was lost.'}
*/
with days as (
    select
        d.date,
        sum(d.mrr_reporting) as closing,
        count(*) filter (where d.mrr > 0) as paying,
        coalesce(sum(d.mrr_reporting) filter (where f.is_dunning), 0) as dunning
    from account_days as d
    inner join account_fact_spans as f on f.account_id = d.account_id and d.date between f.from_on and f.to_on
    group by d.date
),

moved as (
    select
        date,
        sum(amount_reporting) as total,
        sum(amount_reporting) filter (where movement = 'new') as new,
        sum(amount_reporting) filter (where movement = 'reactivation') as reactivation,
        sum(amount_reporting) filter (where movement = 'expansion') as expansion,
        sum(amount_reporting) filter (where movement = 'contraction') as contraction,
        sum(amount_reporting) filter (where movement = 'churn') as churned,
        sum(amount_reporting) filter (where movement = 'fx') as fx,
        count(*) filter (where movement in ('new', 'reactivation')) as accounts_gained,
        count(*) filter (where movement = 'churn') as accounts_lost
    from account_mrr_movements
    group by date
),

facts as (
    select
        d.*,
        d.closing - coalesce(m.total, 0) as opening,
        d.paying - coalesce(m.accounts_gained, 0) + coalesce(m.accounts_lost, 0) as paying_before,
        coalesce(m.accounts_lost, 0) as accounts_lost,
        coalesce(m.new, 0) as new,
        coalesce(m.reactivation, 0) as reactivation,
        coalesce(m.expansion, 0) as expansion,
        coalesce(m.contraction, 0) as contraction,
        coalesce(m.churned, 0) as churned,
        coalesce(m.fx, 0) as fx
    from days as d
    left join moved as m on m.date = d.date
)

-- a day has one movement of an account, so those of the accounts that paid before are these three
select
    date,
    opening as opening_mrr,
    new as new_mrr,
    reactivation as reactivation_mrr,
    expansion as expansion_mrr,
    contraction as contraction_mrr,
    churned as churned_mrr,
    fx as fx_mrr,
    closing as closing_mrr,
    12 * closing as arr,
    paying as paying_accounts,
    closing / nullif(paying, 0) as arpa,
    dunning as dunning_mrr,
    (opening + expansion + contraction + churned) / nullif(opening, 0) as net_revenue_retention,
    (opening + contraction + churned) / nullif(opening, 0) as gross_revenue_retention,
    accounts_lost::numeric / nullif(paying_before, 0) as logo_churn_rate,
    (new + reactivation + expansion) / nullif(-(contraction + churned), 0) as quick_ratio
from facts

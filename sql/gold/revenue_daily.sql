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
  arr: {type: numeric, description: Annual recurring revenue, 12 times closing_mrr.}
  paying_accounts: {type: bigint, minimum: 0, description: Accounts with recurring revenue.}
  arpa: {type: numeric, nullable: true, description: Recurring revenue per paying account.}
  dunning_mrr: {type: numeric, description: Recurring revenue of accounts with an open payment problem.}
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
        sum(amount_reporting) filter (where movement = 'fx') as fx
    from account_mrr_movements
    group by date
)

select
    d.date,
    d.closing - coalesce(m.total, 0) as opening_mrr,
    coalesce(m.new, 0) as new_mrr,
    coalesce(m.reactivation, 0) as reactivation_mrr,
    coalesce(m.expansion, 0) as expansion_mrr,
    coalesce(m.contraction, 0) as contraction_mrr,
    coalesce(m.churned, 0) as churned_mrr,
    coalesce(m.fx, 0) as fx_mrr,
    d.closing as closing_mrr,
    12 * d.closing as arr,
    d.paying as paying_accounts,
    d.closing / nullif(d.paying, 0) as arpa,
    d.dunning as dunning_mrr
from days as d
left join moved as m on m.date = d.date

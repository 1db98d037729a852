/*
description: >
  Recurring revenue of every calendar month in the reporting currency. Retention follows the accounts that paid at
  the opening, at the opening's rates, so that neither new accounts nor rates can raise it. The last month goes as
  far as the last publication.
owner: finance
grain: one row per month
key: [month]
columns:
  month: {type: date, description: First day of the month.}
  last_day: {type: date, description: 'Last day that counts: the end of the month, or the last publication.'}
  opening_mrr: {type: numeric, description: Monthly recurring revenue at the end of the month before.}
  new_mrr: {type: numeric, description: Gained from accounts that never paid before.}
  reactivation_mrr: {type: numeric, description: Gained from accounts that had stopped paying.}
  expansion_mrr: {type: numeric, description: Gained from accounts that pay more.}
  contraction_mrr: {type: numeric, description: Lost from accounts that pay less; negative.}
  churned_mrr: {type: numeric, description: Lost from accounts that stopped paying; negative.}
  fx_mrr: {type: numeric, description: Gained or lost by changed rates.}
  closing_mrr: {type: numeric, description: Monthly recurring revenue at the end of the last day.}
  arr: {type: numeric, description: "Annual recurring revenue, 12 times closing_mrr."}
  paying_accounts: {type: bigint, minimum: 0, description: Accounts with recurring revenue at the end of the last day.}
  arpa: {type: numeric, nullable: true, description: Recurring revenue per paying account.}
  dunning_mrr: {type: numeric, description: Recurring revenue of accounts with an open payment problem.}
  net_revenue_retention: {type: numeric, nullable: true, minimum: 0, description: 'What the accounts of the opening pay now / what they paid, a fraction.'}
  gross_revenue_retention: {type: numeric, nullable: true, minimum: 0, description: 'The same, no account counting for more than it paid.'}
  opening_accounts: {type: bigint, minimum: 0, description: Accounts that paid at the opening.}
  churned_accounts: {type: bigint, minimum: 0, description: Those of them that do not pay any more.}
  logo_churn_rate: {type: numeric, nullable: true, minimum: 0, description: 'churned_accounts / opening_accounts.'}
  quick_ratio: {type: numeric, nullable: true, minimum: 0, description: 'Revenue gained / revenue lost, rates aside; null where none was lost.'}
*/
with days as (
    select
        c.month_start as month,
        max(r.date) as last_day,
        sum(r.new_mrr) as new_mrr,
        sum(r.reactivation_mrr) as reactivation_mrr,
        sum(r.expansion_mrr) as expansion_mrr,
        sum(r.contraction_mrr) as contraction_mrr,
        sum(r.churned_mrr) as churned_mrr,
        sum(r.fx_mrr) as fx_mrr
    from gold.revenue_daily as r
    inner join ref.calendar as c on c.date = r.date
    group by c.month_start
),

followed as (
    select
        days.month,
        opening.mrr_reporting as paid,
        case
            when closing.currency = opening.currency then closing.mrr * opening.rate
            else closing.mrr_reporting
        end as pays
    from days
    inner join account_days as opening on opening.date = days.month - 1 and opening.mrr > 0
    inner join account_days as closing on closing.account_id = opening.account_id and closing.date = days.last_day
),

retained as (
    select
        month,
        sum(pays) / sum(paid) as net,
        sum(least(pays, paid)) / sum(paid) as gross,
        count(*) as accounts,
        count(*) filter (where pays = 0) as churned
    from followed
    group by month
)

select
    d.month,
    d.last_day,
    r.closing_mrr - d.new_mrr - d.reactivation_mrr - d.expansion_mrr - d.contraction_mrr - d.churned_mrr - d.fx_mrr
        as opening_mrr,
    d.new_mrr,
    d.reactivation_mrr,
    d.expansion_mrr,
    d.contraction_mrr,
    d.churned_mrr,
    d.fx_mrr,
    r.closing_mrr,
    r.arr,
    r.paying_accounts,
    r.arpa,
    r.dunning_mrr,
    t.net as net_revenue_retention,
    t.gross as gross_revenue_retention,
    coalesce(t.accounts, 0) as opening_accounts,
    coalesce(t.churned, 0) as churned_accounts,
    t.churned::numeric / t.accounts as logo_churn_rate,
    (d.new_mrr + d.reactivation_mrr + d.expansion_mrr) / nullif(-d.contraction_mrr - d.churned_mrr, 0) as quick_ratio
from days as d
inner join gold.revenue_daily as r on r.date = d.last_day
left join retained as t on t.month = d.month

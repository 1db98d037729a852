/*
description: Payments as facts, one row each, in their own and in the reporting currency. No rows while no payments are fed.
owner: finance
grain: one row per invoice, kind of revenue and time of processing
key: [invoice_id, revenue_type, processed_at]
columns:
  date: {type: date, description: Business day of the processing.}
  processed_at: {type: timestamptz, description: When it was processed.}
  invoice_id: {type: text, description: Invoice.}
  account_id: {type: uuid, description: Account that paid.}
  subscription_id: {type: text, nullable: true, description: Subscription that it is for.}
  revenue_type: {type: text, description: 'subscription, usage or one-time.'}
  amount: {type: numeric, description: Amount in its currency.}
  currency: {type: text, description: Its currency.}
  amount_reporting: {type: numeric, nullable: true, description: 'Amount in the reporting currency, at the rate of the day; null where no rate is declared.'}
  billing_period_start: {type: date, nullable: true, description: First day that is paid for.}
  billing_period_end: {type: date, nullable: true, description: Last day that is paid for.}
*/
select
    of_day.date,
    p.processed_at,
    p.invoice_id,
    p.account_id,
    p.subscription_id,
    p.revenue_type,
    p.amount,
    of_day.currency,
    p.amount * case when of_day.currency = s.reporting_currency then 1 else rates.rate end as amount_reporting,
    p.billing_period_start,
    p.billing_period_end
from bronze.processed_payments() as p
cross join ref.lifecycle as l
cross join ref.account_settings as s
cross join lateral (
    select
        (p.processed_at at time zone l.business_time_zone)::date as date,
        upper(p.currency) as currency
) as of_day
left join lateral (
    select r.rate
    from ref.currency_rates as r
    where r.currency = of_day.currency and r.valid_from <= of_day.date
    order by r.valid_from desc
    limit 1
) as rates on true

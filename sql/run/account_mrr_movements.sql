/*
description: >
  How the recurring revenue of each account moves, net by day. What was there the day before is valued with
  the day's rate first (fx), so that movements add up in the reporting currency too; where the currency
  changes, what was there is converted into the new one.
*/
with days as (
    select
        d.account_id,
        d.date,
        d.currency,
        d.mrr,
        d.rate,
        d.mrr_reporting,
        d.first_mrr_on,
        coalesce(lag(d.mrr) over account, o.mrr, 0) as mrr_before,
        coalesce(lag(d.currency) over account, o.currency, d.currency) as currency_before,
        coalesce(lag(d.mrr_reporting) over account, o.mrr_reporting, 0) as reporting_before
    from run.account_days as d
    left join run.account_openings as o on o.account_id = d.account_id
    where d.first_mrr_on is not null
    window account as (partition by d.account_id order by d.date)
),

valued as (
    select
        d.*,
        d.mrr_before * case
            when d.currency_before = d.currency then d.rate
            when d.currency_before = s.reporting_currency then coalesce(r.rate, 1)
            else r.rate
        end as before_valued,
        case
            when d.currency_before = d.currency then d.mrr_before
            else round(d.mrr_before * coalesce(r.rate, 1) / d.rate, 2)
        end as before_in_currency
    from days as d
    cross join ref.account_settings as s
    left join lateral (
        select rate from ref.currency_rates as c
        where d.currency_before <> d.currency and c.currency = d.currency_before and c.valid_from <= d.date
        order by c.valid_from desc
        limit 1
    ) as r on true
    where d.mrr <> 0 or d.mrr_before <> 0
),

movements as (
    select
        account_id,
        date,
        case
            when mrr_before = 0 and date = first_mrr_on then 'new'
            when mrr_before = 0 then 'reactivation'
            when mrr = 0 then 'churn'
            when mrr > before_in_currency then 'expansion'
            else 'contraction'
        end as movement,
        currency,
        trim_scale(mrr - before_in_currency) as amount,
        mrr as mrr_after,
        trim_scale(mrr_reporting - before_valued) as amount_reporting,
        mrr_reporting as mrr_after_reporting
    from valued
    where mrr <> before_in_currency or mrr_reporting <> before_valued
    union all
    select account_id, date, 'fx', currency, 0, mrr, trim_scale(before_valued - reporting_before), mrr_reporting
    from valued
    where before_valued <> reporting_before
)

select * from movements

/*
description: >
  The recurring revenue of every account on every day computed is that of the day before plus the movements of
  the day, in the reporting currency.
dataset: silver.account_mrr_movements
severity: error
*/
with payers as (
    select account_id from run.account_days where mrr_reporting <> 0
    union
    select account_id from run.account_openings where mrr_reporting <> 0
    union
    select account_id from run.account_mrr_movements
),

days as (
    select
        d.account_id,
        d.date,
        d.mrr_reporting,
        coalesce(lag(d.mrr_reporting) over (partition by d.account_id order by d.date), o.mrr_reporting, 0) as opening
    from run.account_days as d
    inner join payers on payers.account_id = d.account_id
    left join run.account_openings as o on o.account_id = d.account_id
),

moved as (
    select account_id, date, sum(amount_reporting) as amount
    from run.account_mrr_movements
    group by account_id, date
)

select d.account_id, d.date, d.opening, m.amount, d.mrr_reporting as closing
from days as d
left join moved as m on m.account_id = d.account_id and m.date = d.date
where d.opening + coalesce(m.amount, 0) <> d.mrr_reporting

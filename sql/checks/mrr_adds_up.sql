/*
description: >
  Total recurring revenue of every day is that of the day before plus all movements of the day, and of the
  snapshot date the sum of the accounts'.
dataset: gold.account_state_counts
severity: error
*/
with totals as (
    select date, sum(mrr) as mrr
    from gold.account_state_counts
    where date >= (select min(date) - 1 from run.account_count_deltas)
    group by date
),

days as (
    select date, mrr, lag(mrr) over (order by date) as opening
    from totals
),

moved as (
    select date, sum(amount_reporting) as amount
    from account_mrr_movements
    where date >= (select min(date) from run.account_count_deltas)
    group by date
)

select d.date, d.opening, m.amount as movements, d.mrr as closing
from days as d
left join moved as m on m.date = d.date
where d.opening + coalesce(m.amount, 0) <> d.mrr
union all
select :as_of, null, null, known.mrr
from (select coalesce(sum(mrr_reporting), 0) as mrr from account_days where date = :as_of) as known
where known.mrr <> (select coalesce(sum(mrr), 0) from gold.account_state_counts where date = :as_of)

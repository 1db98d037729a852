/*
description: Every currency in which an account pays has a declared rate in `currency_rates` of accounts.yaml.
dataset: silver.account_days
severity: error
*/
select currency, count(distinct account_id) as accounts, min(date) as first_on
from run.account_days
where rate is null and mrr <> 0
group by currency

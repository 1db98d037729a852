/*
description: The first day of the history of an account; no row where it is not published.
*/
select created_on
from account_fact_spans
where account_id = :account_id
order by from_on
limit 1

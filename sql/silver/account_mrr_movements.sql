/*
description: Adds the movements of revenue; those from the first day touched on are replaced.
*/
delete from account_mrr_movements as m
using run.account_touched as t
where t.account_id = m.account_id and m.date >= t.from_on;

insert into account_mrr_movements (
    account_id, date, movement, currency, amount, mrr_after, amount_reporting, mrr_after_reporting
)
select account_id, date, movement, currency, amount, mrr_after, amount_reporting, mrr_after_reporting
from run.account_mrr_movements;

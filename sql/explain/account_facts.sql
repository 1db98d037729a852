/*
description: What happened to an account up to the end of the day, in the order in which it acts.
*/
select kind, acts_on, acts_at, event_id, terms
from account_facts
where account_id = :account_id and acts_on <= :day
order by position

/*
description: Puts the facts of the accounts that changed in the place of those that were known.
*/
delete from account_facts as f
using run.account_changes as c
where c.account_id = f.account_id;

insert into account_facts (account_id, acts_on, position, kind, acts_at, event_id, terms)
select account_id, acts_on, position, kind, acts_at, event_id, terms
from run.account_facts;

/*
description: Puts the memberships that changed in the place of those that were known.
*/
delete from account_members as m
using run.membership_changes as c
where c.user_id = m.user_id;

insert into account_members (user_id, account_id, from_on, to_on)
select user_id, account_id, from_on, to_on
from run.account_members;
